/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers that people read to each other (see spoken.h).
 */
#include "records/spoken.h"

#include "core/random.h"
#include "core/task.h"

#include <ctype.h>
#include <string.h>

#define LETTERS   "BCDFGHJKLMNPQRSTVWXZ"
#define N_LETTERS (sizeof(LETTERS) - 1)
#define N_NUMBER  8

const char *
spoken_new(struct task *task)
{
	char *letters = task_alloc(task, N_NUMBER + 1);

	for (size_t i = 0; i < N_NUMBER; i++)
		letters[i] = LETTERS[random_below(N_LETTERS)];
	letters[N_NUMBER] = '\0';
	return letters;
}

const char *
spoken_letters(struct task *task, const char *typed)
{
	char *letters = task_alloc(task, N_NUMBER + 1);
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		int letter = toupper((unsigned char)*typed);

		if (*typed == ' ' || *typed == '-')
			continue;
		if (n == N_NUMBER || strchr(LETTERS, letter) == NULL)
			return NULL;
		letters[n++] = (char)letter;
	}
	letters[n] = '\0';
	return n == N_NUMBER ? letters : NULL;
}

const char *
spoken_text(struct task *task, const char *letters)
{
	return task_printf(task, "%.4s-%.4s", letters, letters + 4);
}
