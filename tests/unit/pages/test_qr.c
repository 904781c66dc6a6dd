/* SPDX-License-Identifier: Apache-2.0
 *
 * The path of a QR code, drawn again module by module.
 */
#include "unit/unit.h"

#include "pages/qr.h"

#include <ctype.h>
#include <qrencode.h>

#define SIDE_MAX (177 + 8)

static bool drawn[SIDE_MAX][SIDE_MAX];

/* Understands what qr.c writes: Mx y, mx 0, hn. */
static void
draw(const char *path)
{
	int x = 0, y = 0;

	memset(drawn, 0, sizeof(drawn));
	while (*path) {
		char command = *path++;
		long n = strtol(path, (char **)(uintptr_t)&path, 10);

		switch (command) {
		case 'M':
			x = (int)n;
			y = (int)strtol(path, (char **)(uintptr_t)&path, 10);
			assert_int_equal(strncmp(path, ".5", 2), 0);
			path += 2;
			break;
		case 'm':
			x += (int)n;
			assert_int_equal(strncmp(path, " 0", 2), 0);
			path += 2;
			break;
		case 'h':
			for (; n > 0; n--)
				drawn[y][x++] = true;
			break;
		default: fail_msg("unknown command %c", command);
		}
	}
}

static void
same_as_the_library(struct task *task, const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	const char *path;
	int side;

	assert_non_null(code);
	assert_int_equal(qr_path(task, text, &path, &side), 0);
	assert_int_equal(side, code->width + 8);
	draw(path);
	for (int y = 0; y < side; y++) {
		for (int x = 0; x < side; x++) {
			bool is_in = x >= 4 && y >= 4 && x < side - 4 && y < side - 4;
			bool is_dark =
			    is_in && (code->data[(y - 4) * code->width + x - 4] & 1) != 0;

			assert_int_equal(drawn[y][x], is_dark);
		}
	}
	QRcode_free(code);
}

static void
modules_are_drawn(void **state)
{
	same_as_the_library(*state, "a");
	same_as_the_library(*state,
	    "openid4vp://?client_id=x509_hash%3AUvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
	    "&request_uri=https%3A%2F%2Flogin.example.test%2Fvp%2Frequest%2Fq8Jx0v3m9TnZ2bKc7Lr");
	same_as_the_library(*state, "ក្រសួងសុខាភិបាល");
}

static void
what_does_not_fit_fails(void **state)
{
	struct task *task = *state;
	char text[3000];
	const char *path = "untouched";
	int side = -1;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(qr_path(task, text, &path, &side), BROKEN);
	assert_string_equal(path, "untouched");
	assert_int_equal(side, -1);
	fault_clear(task);
	assert_int_equal(qr_path(task, "", &path, &side), BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(modules_are_drawn),
	    task_test(what_does_not_fit_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
