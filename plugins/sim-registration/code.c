/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfer codes as people tell them.
 */
#include "sim.h"

#include <ctype.h>
#include <string.h>

static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

const char *
sim_code(struct dvara_request *request)
{
	const char *random = dvara_random_id(request);
	char code[CODE_LETTERS + 1];

	if (random == NULL)
		return NULL;
	/* Of base64url's 64 letters two stand for each of ours. */
	for (size_t i = 0; i < CODE_LETTERS; i++) {
		static const char b64u[] =
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

		code[i] = letters[(strchr(b64u, random[i]) - b64u) % 32];
	}
	code[CODE_LETTERS] = '\0';
	return dvara_printf(request, "%.4s-%.4s-%.4s", code, code + 4, code + 8);
}

const char *
sim_code_typed(struct dvara_request *request, const char *typed)
{
	char code[CODE_LETTERS + 1];
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '-')
			continue;
		if (n == CODE_LETTERS)
			return "";
		code[n++] = (char)toupper((unsigned char)*typed);
	}
	code[n] = '\0';
	return n < CODE_LETTERS ? ""
				: dvara_printf(request, "%.4s-%.4s-%.4s", code, code + 4, code + 8);
}
