/* SPDX-License-Identifier: Apache-2.0
 *
 * The template compiler: bytes up to "%%" are a template, what follows is a catalogue.  It may
 * complain, which ends it; in what it takes, no byte gets out of the C string it belongs in.
 */
#include "fuzz.h"

#include "message.h"
#include "template.h"

#include <setjmp.h>
#include <stdbool.h>
#include <unistd.h>

static jmp_buf complained;
static bool is_compiling, has_folder;

_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);

_Noreturn void
__wrap_exit(int status)
{
	if (is_compiling)
		longjmp(complained, 1);
	__real_exit(status);
}

static char folder[] = "/tmp/dvara-fuzz-XXXXXX";

static void
folder_remove(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/t.html", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/km.po", folder);
	unlink(path);
	rmdir(folder);
}

static const char *
file_made(const char *name, const uint8_t *at, size_t len)
{
	static char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	FUZZ_MUST(file && fwrite(at, 1, len, file) == len && fclose(file) == 0);
	return path;
}

/* No byte of a template ends the C string it stands in: quotes come in pairs on each line. */
static void
code_check(const char *code)
{
	bool in_string = false;

	for (; *code; code++) {
		FUZZ_MUST(
		    !in_string || ((unsigned char)*code >= 0x20 && (unsigned char)*code < 0x7f));
		if (in_string && *code == '\\')
			code++;
		else if (*code == '"')
			in_string = !in_string;
	}
	FUZZ_MUST(!in_string);
}

static void
compile(const uint8_t *at, size_t len, const uint8_t *po, size_t po_len)
{
	struct text code = TEXT_EMPTY, tables = TEXT_EMPTY;

	(void)file_made("t.html", at, len);
	po_read(file_made("km.po", po, po_len), 1);
	template_compile(&code, folder, "t");
	message_sort();
	catalogue_write(&tables);
	code_check(code.at);
	code_check(tables.at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const uint8_t *parting = memmem(at, len, "%%", 2);
	size_t html_len = parting ? (size_t)(parting - at) : len;

	if (!has_folder) {
		FUZZ_MUST(mkdtemp(folder));
		has_folder = true;
		atexit(folder_remove);
	}
	is_compiling = true;
	if (setjmp(complained) == 0)
		compile(at, html_len, parting ? parting + 2 : at + len,
		    parting ? len - html_len - 2 : 0);
	is_compiling = false;
	message_forget();
	tool_forget();
	return 0;
}
