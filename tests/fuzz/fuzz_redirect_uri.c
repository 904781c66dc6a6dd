/* SPDX-License-Identifier: Apache-2.0
 *
 * Two addresses, one a line: the registered one and the one asked for.  Whatever is taken for the
 * registered one has its scheme, its host and all that follows; the port alone may differ, and only
 * at a loopback address.
 */
#include "fuzz.h"

#include "records/client_uri.h"

static void
pair_check(const char *registered, const char *asked)
{
	struct client_uri one, other;
	const char *why;

	FUZZ_MUST(client_uri_is(registered, asked, false) == (strcmp(registered, asked) == 0));
	if (!client_uri_may_redirect(registered, CLIENT_PUBLIC_NATIVE, &why) ||
	    !client_uri_is(registered, asked, true) || strcmp(registered, asked) == 0)
		return;
	FUZZ_MUST(client_uri_split(registered, &one, &why));
	FUZZ_MUST(one.is_http && one.is_loopback_ip);
	if (!client_uri_split(asked, &other, &why)) /* only its port is no port: 0, 99999 */
		return;
	FUZZ_MUST(other.is_http && other.host_len == one.host_len);
	FUZZ_MUST(memcmp(other.host, one.host, one.host_len) == 0);
	FUZZ_MUST(strcmp(other.rest, one.rest) == 0);
}

static void
one_check(const char *text)
{
	struct client_uri uri;
	const char *why = NULL;

	if (!client_uri_split(text, &uri, &why)) {
		FUZZ_MUST(why != NULL);
		FUZZ_MUST(!client_uri_may_redirect(text, CLIENT_PUBLIC_NATIVE, &why));
		return;
	}
	FUZZ_MUST(strpbrk(text, "#*\\ ") == NULL);
	FUZZ_MUST(uri.host == NULL || memchr(uri.host, '@', uri.host_len) == NULL);
	if (client_uri_may_redirect(text, CLIENT_STANDARD, &why))
		FUZZ_MUST(uri.is_https || (uri.is_http && uri.is_loopback));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	char *text = malloc(len + 1), *line;

	memcpy(text, at, len); /* strndup() is strict about a text's end under ASan */
	text[len] = '\0';
	line = strchr(text, '\n');
	if (line != NULL)
		*line++ = '\0';
	one_check(text);
	if (line != NULL) {
		one_check(line);
		pair_check(text, line);
	}
	free(text);
	return 0;
}
