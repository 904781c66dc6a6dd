/* SPDX-License-Identifier: Apache-2.0
 *
 * page-preview FOLDER: every page in every language as FOLDER/PAGE.LANGUAGE.html, to look at.
 */
#include "sample.h"

#include "core/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
page_save(const char *folder, const char *name, const json_t *sample, const char *language)
{
	struct task task;
	char path[4096];
	const char *html;
	FILE *file;

	sample_task(&task, language);
	html = sample_html(&task, name, sample_view(&task, sample));
	snprintf(path, sizeof(path), "%s/%s.%s.html", folder, name, language);
	file = fopen(path, "wb");
	if (!file || !html || fputs(html, file) < 0 || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
	task_close(&task);
}

int
main(int argc, char **argv)
{
	json_t *views = sample_views(), *sample;
	const char *name;

	if (argc != 2) {
		fprintf(stderr, "usage: page-preview FOLDER\n");
		return 2;
	}
	json_object_foreach(views, name, sample) {
		for (int i = 0; i < LANGUAGE_END_; i++)
			page_save(argv[1], name, sample, languages[i].code);
	}
	json_decref(views);
	return 0;
}
