/* SPDX-License-Identifier: Apache-2.0
 *
 * page-compiler: templates and catalogues into C, while the gateway is built.
 *
 *   page-compiler build TEMPLATES PO OUT          OUT/templates.c, OUT/catalogue.c
 *   page-compiler pot TEMPLATES PO [SOURCE.c …]    the texts for translators, to stdout
 *   page-compiler check TEMPLATES PO [SOURCE.c …]  1 where a language lacks a text
 */
#include "message.h"
#include "template.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX 64

static const char *names[PAGES_MAX]; /* of templates, sorted */
static size_t n_names;

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
templates_list(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		tool_complain((struct place){folder, 0}, "cannot be read");
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len <= 5 || strcmp(entry->d_name + len - 5, ".html") != 0)
			continue;
		if (n_names == PAGES_MAX)
			tool_complain((struct place){folder, 0}, "too many templates");
		names[n_names++] = tool_dup(entry->d_name, len - 5);
	}
	closedir(dir);
	qsort(names, n_names, sizeof(*names), by_name);
}

static void
catalogues_read(const char *folder)
{
	for (int language = 1; language < MESSAGE_LANGUAGES; language++) {
		struct text path = TEXT_EMPTY;

		tool_print(&path, "%s/%s.po", folder, message_languages[language]);
		po_read(path.at, language);
	}
}

static void
templates_write(struct text *out, const char *folder)
{
	tool_print(out, "/* Made by page-compiler from pages/templates. */\n"
			"#include \"pages/out.h\"\n\n");
	for (size_t i = 0; i < n_names; i++)
		template_compile(out, folder, names[i]);
	tool_print(out, "const struct out_template out_templates[PAGE_END_] = {\n");
	for (size_t i = 0; i < n_names; i++) {
		char constant[64], function[64];

		snprintf(constant, sizeof(constant), "%s", names[i]);
		snprintf(function, sizeof(function), "%s", names[i]);
		for (size_t c = 0; constant[c]; c++) {
			function[c] = constant[c] == '-' ? '_' : constant[c];
			constant[c] =
			    constant[c] == '-' ? '_' : (char)toupper((unsigned char)constant[c]);
		}
		tool_print(
		    out, "\t[PAGE_%s] = {template_%s, \"%s\"},\n", constant, function, names[i]);
	}
	tool_print(out,
	    "};\n_Static_assert(PAGE_END_ == %zu, \"each enum page has its template\");\n",
	    n_names);
}

static int
build(const char *templates, const char *folder)
{
	struct text first = TEXT_EMPTY, code = TEXT_EMPTY, tables = TEXT_EMPTY;
	struct text code_path = TEXT_EMPTY, tables_path = TEXT_EMPTY;

	/* The first time for the texts, the second with their places in the sorted table. */
	templates_write(&first, templates);
	message_sort();
	templates_write(&code, templates);
	catalogue_write(&tables);
	tool_print(&code_path, "%s/templates.c", folder);
	tool_print(&tables_path, "%s/catalogue.c", folder);
	tool_write(code_path.at, &code);
	tool_write(tables_path.at, &tables);
	return 0;
}

static void
all_texts(const char *templates, char **sources, int n_sources)
{
	struct text unused = TEXT_EMPTY;

	templates_write(&unused, templates);
	for (int i = 0; i < n_sources; i++)
		source_scan(sources[i]);
	message_sort();
}

int
main(int argc, char **argv)
{
	struct text pot = TEXT_EMPTY;

	if (argc < 4 || (strcmp(argv[1], "build") == 0 && argc != 5)) {
		fprintf(stderr, "usage: page-compiler build TEMPLATES PO OUT\n"
				"       page-compiler pot|check TEMPLATES PO [SOURCE.c ...]\n");
		return 2;
	}
	templates_list(argv[2]);
	if (strcmp(argv[1], "pot") != 0)
		catalogues_read(argv[3]);
	if (strcmp(argv[1], "build") == 0)
		return build(argv[2], argv[4]);
	all_texts(argv[2], argv + 4, argc - 4);
	if (strcmp(argv[1], "check") == 0)
		return catalogue_report() > 0 ? 1 : 0;
	catalogue_write_pot(&pot);
	fputs(pot.at, stdout);
	return 0;
}
