/* SPDX-License-Identifier: Apache-2.0
 *
 * The template compiler proper: follows the HTML byte by byte (html.c), and writes C for each
 * {{…}}.
 */
#include "template.h"
#include "html.h"
#include "message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS_MAX 16
#define PARTS_MAX  6

struct block {
	bool is_each, has_else;
	const char *name; /* as written, for complaints */
	struct place at;
	struct html begin, then; /* where the page stood at the beginning, at the end of "then" */
};

struct compile {
	struct text *out;
	const char *folder;
	struct text literal; /* static bytes not written yet */
	struct html html;
	struct block blocks[BLOCKS_MAX];
	int n_blocks;
	int n_frames; /* of {{#each}} around this place */
	int n_parts;  /* files being read around this one */
};

/* One {{…}}, between the braces. */
struct tag {
	const char *c, *end;
	struct place at;
};

static void file_compile(struct compile *compile, const char *path);
static void tag_compile(struct compile *compile, struct tag *tag);

void
template_compile(struct text *out, const char *folder, const char *name)
{
	struct compile compile = {.out = out, .folder = folder, .literal = TEXT_EMPTY};
	struct text path = TEXT_EMPTY;
	char function[64];

	snprintf(function, sizeof(function), "%s", name);
	for (char *c = function; *c; c++)
		*c = *c == '-' ? '_' : *c;
	compile.html.value = TEXT_EMPTY;
	tool_print(&path, "%s/%s.html", folder, name);
	tool_print(out,
	    "static void\ntemplate_%s(struct out *out, const json_t *v0)\n{\n"
	    "\t(void)v0;\n",
	    function);
	file_compile(&compile, path.at);
	if (compile.html.state != HTML_TEXT || compile.html.depth != 0)
		tool_complain((struct place){path.at, 0}, "the page ends inside <%s>",
		    compile.html.depth ? compile.html.open[compile.html.depth - 1]
				       : compile.html.element);
	tool_print(out, "}\n\n");
}

static void
literal_flush(struct compile *compile)
{
	if (compile->literal.len == 0)
		return;
	tool_print(compile->out, "\tout_literal(out, ");
	tool_print_literal(compile->out, compile->literal.at, compile->literal.len);
	tool_print(compile->out, ", %zu);\n", compile->literal.len);
	compile->literal = TEXT_EMPTY;
}

static void
feed(struct compile *compile, char c, struct place at)
{
	if (html_feed(&compile->html, c, at))
		tool_add(&compile->literal, &c, 1);
}

/* The end of a {{…}}: its }} outside of strings. */
static const char *
tag_end(const char *c, struct place at)
{
	bool in_string = false;

	for (; *c; c++) {
		if (*c == '"')
			in_string = !in_string;
		if (in_string && *c == '\\' && c[1])
			c++;
		else if (!in_string && strncmp(c, "}}", 2) == 0)
			return c;
	}
	tool_complain(at, "{{ without }}");
}

static void
file_compile(struct compile *compile, const char *path)
{
	const char *c = tool_read(path);
	struct place at = {path, 1};
	int n_blocks = compile->n_blocks;

	while (*c) {
		struct tag tag = {c + 2, NULL, at};

		if (strncmp(c, "{{", 2) != 0) {
			feed(compile, *c, at);
			at.line += *c++ == '\n';
			continue;
		}
		tag.end = tag_end(c + 2, at);
		tag_compile(compile, &tag);
		for (; c < tag.end + 2; c++)
			at.line += *c == '\n';
	}
	literal_flush(compile);
	if (compile->n_blocks > n_blocks)
		tool_complain(compile->blocks[compile->n_blocks - 1].at,
		    "{{#%s}} has no end in its file", compile->blocks[compile->n_blocks - 1].name);
}

static void
space_skip(struct tag *tag)
{
	while (tag->c < tag->end && isspace((unsigned char)*tag->c))
		tag->c++;
}

/* Takes the word if it stands next. */
static bool
word_taken(struct tag *tag, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(tag->end - tag->c) < len || strncmp(tag->c, word, len) != 0)
		return false;
	if (isalnum((unsigned char)word[len - 1]) && tag->c + len < tag->end &&
	    (isalnum((unsigned char)tag->c[len]) || strchr("_.", tag->c[len])))
		return false;
	tag->c += len;
	space_skip(tag);
	return true;
}

/* A name of the view: a C expression that finds it. */
static const char *
name_taken(const struct compile *compile, struct tag *tag)
{
	const char *begin = tag->c;
	struct text find = TEXT_EMPTY;
	size_t len;

	while (tag->c < tag->end && (isalnum((unsigned char)*tag->c) || strchr("_.", *tag->c)))
		tag->c++;
	len = (size_t)(tag->c - begin);
	if (len == 0 || !isalpha((unsigned char)*begin) || begin[len - 1] == '.' ||
	    memmem(begin, len, "..", 2))
		tool_complain(tag->at, "a name of the view was expected at \"%.*s\"",
		    (int)(tag->end - begin), begin);
	space_skip(tag);
	if (len == 4 && strncmp(begin, "this", 4) == 0) {
		tool_print(&find, "v%d", compile->n_frames);
		return find.at;
	}
	tool_print(&find, "v%d", compile->n_frames);
	for (size_t from = 0; from < len;) {
		const char *dot = memchr(begin + from, '.', len - from);
		size_t n = dot ? (size_t)(dot - begin) - from : len - from;
		struct text whole = TEXT_EMPTY;

		if (from == 0 && dot && n == 4 && strncmp(begin, "page", n) == 0)
			tool_print(&whole, "out->page");
		else if (from == 0 && dot && n == 4 && strncmp(begin, "root", n) == 0)
			tool_print(&whole, "out->root");
		else
			tool_print(
			    &whole, "json_object_get(%s, \"%.*s\")", find.at, (int)n, begin + from);
		find = whole;
		from += n + 1;
	}
	return find.at;
}

/* A string; white space in it is one blank, so that a long text may stand on several lines. */
static const char *
string_taken(struct tag *tag)
{
	struct text text = TEXT_EMPTY;

	if (tag->c == tag->end || *tag->c != '"')
		tool_complain(tag->at, "a \"text\" was expected");
	for (tag->c++; tag->c < tag->end && *tag->c != '"'; tag->c++) {
		bool is_space = isspace((unsigned char)*tag->c);

		if (is_space && isspace((unsigned char)tag->c[-1]))
			continue;
		if (*tag->c == '\\')
			tag->c++;
		tool_add(&text, is_space ? " " : tag->c, 1);
	}
	tag->c++;
	space_skip(tag);
	return text.at;
}

static void
tag_done(const struct tag *tag)
{
	if (tag->c < tag->end)
		tool_complain(
		    tag->at, "nothing was expected at \"%.*s\"", (int)(tag->end - tag->c), tag->c);
}

static void
value_compile(struct compile *compile, struct tag *tag)
{
	static const char *const writers[] = {[HTML_AS_TEXT] = "out_text",
	    [HTML_AS_PLAIN] = "out_text",
	    [HTML_AS_ATTRIBUTE] = "out_attribute",
	    [HTML_AS_URL] = "out_url",
	    [HTML_AS_URL_PART] = "out_url_part"};
	enum html_context context = html_context(&compile->html, tag->at);
	const char *find = name_taken(compile, tag);

	tag_done(tag);
	literal_flush(compile);
	tool_print(compile->out, "\t%s(out, %s);\n", writers[context], find);
	html_interpolated(&compile->html);
}

/* The values of a text, as a C array. */
static void
values_write(struct compile *compile, const struct message *message, struct place at)
{
	if (message->n_values == 0) {
		tool_print(compile->out, "NULL");
		return;
	}
	tool_print(compile->out, "(const json_t *const[]){");
	for (int i = 0; i < message->n_values; i++) {
		const char *name = message->values[i];
		struct tag tag = {name, name + strlen(name), at};

		tool_print(compile->out, "%s, ", name_taken(compile, &tag));
		tag_done(&tag);
	}
	tool_print(compile->out, "}");
}

static void
message_compile(struct compile *compile, struct tag *tag, bool has_plural)
{
	enum html_context context = html_context(&compile->html, tag->at);
	const char *count = has_plural ? name_taken(compile, tag) : "NULL";
	const char *id = string_taken(tag);
	const char *plural = has_plural ? string_taken(tag) : NULL;
	struct message *message;

	tag_done(tag);
	if (context == HTML_AS_URL || context == HTML_AS_URL_PART)
		tool_complain(tag->at, "a text is no part of a URL");
	message = message_add(id, plural, tag->at);
	message_used(message, tag->at);
	literal_flush(compile);
	tool_print(compile->out, "\tout_message(out, %s, %d, %s, ",
	    context == HTML_AS_TEXT ? "OUT_TEXT" : "OUT_PLAIN", message->index, count);
	values_write(compile, message, tag->at);
	tool_print(compile->out, ");\n");
	html_interpolated(&compile->html);
}

static void
fork_compile(struct compile *compile, struct html *ret_copy, struct place at)
{
	if (html_fork(&compile->html, ret_copy, at))
		tool_add(&compile->literal, " ", 1);
	literal_flush(compile);
}

static void
block_begin(struct compile *compile, struct tag *tag, bool is_each)
{
	const char *find = name_taken(compile, tag);
	int n = compile->n_frames + 1;
	struct block *block;

	tag_done(tag);
	if (compile->n_blocks == BLOCKS_MAX)
		tool_complain(tag->at, "blocks nest too deep");
	block = &compile->blocks[compile->n_blocks++];
	*block = (struct block){.is_each = is_each, .name = is_each ? "each" : "if", .at = tag->at};
	fork_compile(compile, &block->begin, tag->at);
	if (!is_each) {
		tool_print(compile->out, "\tif (out_is_set(%s)) {\n", find);
		return;
	}
	compile->n_frames = n;
	tool_print(compile->out,
	    "\tfor (size_t i%d = 0; i%d < json_array_size(%s); i%d++) {\n"
	    "\tconst json_t *v%d = json_array_get(%s, i%d);\n"
	    "\t(void)v%d;\n",
	    n, n, find, n, n, find, n, n);
}

static struct block *
block_open(struct compile *compile, bool is_each, struct place at)
{
	struct block *block =
	    compile->n_blocks > 0 ? &compile->blocks[compile->n_blocks - 1] : NULL;

	if (!block || block->is_each != is_each || strcmp(block->at.file, at.file) != 0)
		tool_complain(at, "no {{#%s}} stands open here", is_each ? "each" : "if");
	return block;
}

static void
block_else(struct compile *compile, struct tag *tag)
{
	struct block *block = block_open(compile, false, tag->at);

	tag_done(tag);
	if (block->has_else)
		tool_complain(tag->at, "a second {{else}}");
	block->has_else = true;
	fork_compile(compile, &block->then, tag->at);
	compile->html = block->begin;
	tool_print(compile->out, "\t} else {\n");
}

static void
block_end(struct compile *compile, struct tag *tag, bool is_each)
{
	struct block *block = block_open(compile, is_each, tag->at);
	struct html here;

	tag_done(tag);
	fork_compile(compile, &here, tag->at);
	html_must_agree(
	    block->has_else ? &block->then : &block->begin, &here, block->name, tag->at);
	tool_print(compile->out, "\t}\n");
	compile->n_blocks--;
	compile->n_frames -= is_each;
}

/* A style or script: static, so it goes in as it is. */
static void
raw_compile(struct compile *compile, const char *path, struct place at)
{
	char *raw = tool_read(path);

	if (compile->html.state != HTML_RAW)
		tool_complain(at, "%s belongs inside <style> or <script>", path);
	if (strstr(raw, "</") || strstr(raw, "{{"))
		tool_complain(at, "%s may not hold </ or {{", path);
	if (strcmp(compile->html.element, "style") == 0)
		css_shrink(raw);
	tool_add(&compile->literal, raw, strlen(raw));
}

static void
part_compile(struct compile *compile, struct tag *tag)
{
	struct text path = TEXT_EMPTY;
	int len = (int)(tag->end - tag->c);

	while (len > 0 && isspace((unsigned char)tag->c[len - 1]))
		len--;
	for (int i = 0; i < len; i++)
		if (!isalnum((unsigned char)tag->c[i]) && !strchr("-.", tag->c[i]))
			tool_complain(tag->at, "a part's name is of letters, digits, - and .");
	if (memchr(tag->c, '.', (size_t)len)) {
		tool_print(&path, "%s/%.*s", compile->folder, len, tag->c);
		raw_compile(compile, path.at, tag->at);
		return;
	}
	if (compile->n_parts == PARTS_MAX)
		tool_complain(tag->at, "parts nest too deep");
	tool_print(&path, "%s/parts/%.*s.html", compile->folder, len, tag->c);
	compile->n_parts++;
	file_compile(compile, path.at);
	compile->n_parts--;
}

static void
tag_compile(struct compile *compile, struct tag *tag)
{
	if (tag->c < tag->end && *tag->c == '!')
		return;
	space_skip(tag);
	if (word_taken(tag, "#if"))
		block_begin(compile, tag, false);
	else if (word_taken(tag, "#each"))
		block_begin(compile, tag, true);
	else if (word_taken(tag, "else"))
		block_else(compile, tag);
	else if (word_taken(tag, "/if"))
		block_end(compile, tag, false);
	else if (word_taken(tag, "/each"))
		block_end(compile, tag, true);
	else if (word_taken(tag, "tn"))
		message_compile(compile, tag, true);
	else if (word_taken(tag, "t"))
		message_compile(compile, tag, false);
	else if (word_taken(tag, ">"))
		part_compile(compile, tag);
	else
		value_compile(compile, tag);
}
