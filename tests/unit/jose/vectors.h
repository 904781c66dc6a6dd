/* SPDX-License-Identifier: Apache-2.0
 *
 * Public test vectors, from the folder that DVARA_VECTORS names; without it a test is skipped.
 */
#ifndef UNIT_JOSE_VECTORS_H
#define UNIT_JOSE_VECTORS_H

#include "unit/jose/forge.h"

/* What came of a set: each vector comes out as it should, or is refused since it is not offered. */
struct tally {
	int valid_taken, invalid_refused, not_offered;
};

static inline const char *
vectors_folder(void)
{
	const char *folder = getenv("DVARA_VECTORS");

	if (folder == NULL) {
		puts("skipped: no vectors");
		skip();
	}
	return folder;
}

static inline json_t *
vectors_json(struct task *task, const char *name)
{
	const char *path = task_printf(task, "%s/%s", vectors_folder(), name);
	json_t *json = json_load_file(path, 0, NULL);

	if (json == NULL)
		fail_msg("%s cannot be read", path);
	return json;
}

/* A text file without its line ends and spaces: long values are folded there. */
static inline char *
vectors_unfolded(struct task *task, const char *name)
{
	FILE *file = fopen(task_printf(task, "%s/%s", vectors_folder(), name), "r");
	char *text = task_alloc(task, 16384), *to = text;
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		if (c != '\n' && c != '\r' && c != ' ')
			*to++ = (char)c;
	fclose(file);
	return text;
}

static inline struct bytes
vectors_hex(struct task *task, const char *hex)
{
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = task_alloc(task, len);

	for (size_t i = 0; i < len; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (struct bytes){bytes, len};
}

static inline void
tally_assert(const char *set, struct tally tally, struct tally expected)
{
	printf("%s: valid taken %d, invalid refused %d, not offered refused %d\n", set,
	    tally.valid_taken, tally.invalid_refused, tally.not_offered);
	assert_memory_equal(&tally, &expected, sizeof(tally));
}

#endif
