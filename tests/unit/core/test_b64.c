/* SPDX-License-Identifier: Apache-2.0
 *
 * base64url, base64 and hexadecimal (RFC 4648 section 10), and what is not canonical.
 */
#include "unit/unit.h"

#include "core/random.h"
#include "core/str.h"

static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
static const char *const padded[] = {
    "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
static const char *const unpadded[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};

static void
vectors_of_the_rfc(void **state)
{
	struct task *task = *state;
	struct bytes bytes;

	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(b64_encode(task, BYTES_OF(plain[i])), padded[i]);
		assert_string_equal(b64u_encode(task, BYTES_OF(plain[i])), unpadded[i]);
		assert_true(b64_decode(task, padded[i], strlen(padded[i]), &bytes));
		assert_int_equal(bytes.len, i);
		assert_memory_equal(bytes.at, plain[i], i);
		assert_true(b64u_decode(task, unpadded[i], strlen(unpadded[i]), &bytes));
		assert_int_equal(bytes.len, i);
		assert_memory_equal(bytes.at, plain[i], i);
	}
	assert_string_equal(hex_encode(task, BYTES_OF("\x01\xfe")), "01fe");
	assert_string_equal(hex_encode(task, (struct bytes){NULL, 0}), "");
}

static void
what_is_not_canonical_is_refused(void **state)
{
	static const char *const bad_url[] = {"Z", "Zg==", "Zg=", "Zh", "Zm9", "Zm9vZ", "Zm9+",
	    "Zm9/", "Zm 9v", "Zm9v\n", " Zm9v", "=", "Zm9v=", "\xC3\xA9YQ"};
	static const char *const bad_std[] = {"Zg", "Zg=", "Zh==", "Zm9=", "Zm9-", "Zm9_",
	    "====", "Z===", "=", "Zm9v====", "Zg==Zg==", "Zm8=\n", "Zg= ="};
	struct task *task = *state;
	struct bytes bytes = {NULL, 99};

	for (size_t i = 0; i < sizeof(bad_url) / sizeof(*bad_url); i++)
		assert_false(b64u_decode(task, bad_url[i], strlen(bad_url[i]), &bytes));
	for (size_t i = 0; i < sizeof(bad_std) / sizeof(*bad_std); i++)
		assert_false(b64_decode(task, bad_std[i], strlen(bad_std[i]), &bytes));
	assert_false(b64u_decode(task, "Zg\0A", 4, &bytes));
	assert_int_equal(bytes.len, 99);
}

/* Every text of up to four letters decodes to bytes that encode to the very same text, or not at
 * all. */
static void
a_text_has_one_form_only(void **state)
{
	static const char letters[] = "AQZaz09-_=+/ ";
	struct task *task = *state;
	const size_t n = sizeof(letters);
	int n_good = 0;

	for (size_t i = 0; i < n * n * n * n; i++) {
		char text[5] = {letters[i % n], letters[i / n % n], letters[i / n / n % n],
		    letters[i / n / n / n], '\0'};
		size_t len = strlen(text);
		struct bytes bytes;
		struct task one;

		task_open(&one, NULL, NULL, 0);
		if (b64u_decode(&one, text, len, &bytes)) {
			assert_string_equal(b64u_encode(&one, bytes), text);
			n_good++;
		}
		task_close(&one);
	}
	assert_true(n_good > 6000);
	(void)task;
}

static void
random_bytes_come_back(void **state)
{
	struct task *task = *state;

	for (size_t len = 0; len < 300; len++) {
		uint8_t raw[300];
		struct bytes bytes;
		char *text;

		random_bytes(raw, len);
		text = b64u_encode(task, (struct bytes){raw, len});
		assert_true(b64u_decode(task, text, strlen(text), &bytes));
		assert_true(bytes_equal_secretly(bytes, (struct bytes){raw, len}));
		text = b64_encode(task, (struct bytes){raw, len});
		assert_true(b64_decode(task, text, strlen(text), &bytes));
		assert_true(bytes_equal_secretly(bytes, (struct bytes){raw, len}));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(vectors_of_the_rfc),
	    task_test(what_is_not_canonical_is_refused),
	    task_test(a_text_has_one_form_only),
	    task_test(random_bytes_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
