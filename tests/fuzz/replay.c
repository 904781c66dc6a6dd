/* SPDX-License-Identifier: Apache-2.0
 *
 * main() for fuzz targets without libFuzzer: every file of the folders given, whole and cut short
 * at every length, each in memory of its own size so that a read too far is seen.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>

#define MAX_BYTES 65536
#define MAX_CUTS  300 /* of one file */

static int folder_replay(const char *folder);
static int file_replay(const char *path);
static void input_run(const uint8_t *at, size_t len);

int
main(int argc, char **argv)
{
	int n_files = 0;

	for (int i = 1; i < argc; i++) {
		int n = folder_replay(argv[i]);

		if (n < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
			return 2;
		}
		n_files += n;
	}
	printf("%d inputs\n", n_files);
	return n_files > 0 ? 0 : 2;
}

static int
folder_replay(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n_files = 0;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		n_files += file_replay(path);
	}
	closedir(dir);
	return n_files;
}

static int
file_replay(const char *path)
{
	static uint8_t bytes[MAX_BYTES];
	FILE *file = fopen(path, "rb");
	size_t len, step;

	if (file == NULL)
		return 0;
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	step = len / MAX_CUTS + 1;
	for (size_t cut = 0; cut < len; cut += step)
		input_run(bytes, cut);
	input_run(bytes, len);
	return 1;
}

static void
input_run(const uint8_t *at, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, at, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}
