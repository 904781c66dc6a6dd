/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses, taken apart by libcurl's own parser, so that what is checked is what is called.
 */
#include "url.h"

#include <curl/curl.h>
#include <string.h>

/* The part of a URL, or "" where it has none. */
static const char *url_part(struct wallet *wallet, CURLU *url, CURLUPart part, unsigned flags);
static int check_parts(struct wallet *wallet, CURLU *url, const char *what);
static bool host_is_loopback(const char *host);
static CURLU *parse(struct wallet *wallet, const char *text);
static void drop_url(void *url);

int
url_check(struct wallet *wallet, const char *text, const char *what)
{
	CURLU *url = parse(wallet, text);

	if (!url)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not an address", what);
	return check_parts(wallet, url, what);
}

static int
check_parts(struct wallet *wallet, CURLU *url, const char *what)
{
	const char *scheme = url_part(wallet, url, CURLUPART_SCHEME, 0);
	const char *host = url_part(wallet, url, CURLUPART_HOST, 0);

	if (*url_part(wallet, url, CURLUPART_USER, 0) ||
	    *url_part(wallet, url, CURLUPART_PASSWORD, 0))
		return wallet_fail(wallet, WALLET_FAILED, "%s has a user name in it", what);
	if (*url_part(wallet, url, CURLUPART_FRAGMENT, 0))
		return wallet_fail(wallet, WALLET_FAILED, "%s has a fragment", what);
	if (strcmp(scheme, "https") == 0)
		return 0;
	if (strcmp(scheme, "http") == 0 && host_is_loopback(host))
		return 0;
	return wallet_fail(wallet, WALLET_FAILED, "%s is not https", what);
}

static bool
host_is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0 ||
	       strcmp(host, "[::1]") == 0;
}

static CURLU *
parse(struct wallet *wallet, const char *text)
{
	CURLU *url = curl_url();

	wallet_own(wallet, url, drop_url);
	return curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK ? url : NULL;
}

static void
drop_url(void *url)
{
	curl_url_cleanup(url);
}

static const char *
url_part(struct wallet *wallet, CURLU *url, CURLUPart part, unsigned flags)
{
	char *text;
	const char *copy;

	if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
		return "";
	copy = wallet_copy(wallet, text, strlen(text));
	curl_free(text);
	return copy;
}

const char *
url_origin(struct wallet *wallet, const char *text)
{
	CURLU *url = parse(wallet, text);

	if (!url)
		return "";
	return wallet_printf(wallet, "%s://%s:%s", url_part(wallet, url, CURLUPART_SCHEME, 0),
	    url_part(wallet, url, CURLUPART_HOST, 0),
	    url_part(wallet, url, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

const char *
url_host(struct wallet *wallet, const char *text)
{
	CURLU *url = parse(wallet, text);

	return url ? url_part(wallet, url, CURLUPART_HOST, 0) : "";
}

int
url_well_known(
    struct wallet *wallet, const char *identifier, const char *name, const char **ret_url)
{
	CURLU *url = parse(wallet, identifier);
	const char *path, *full;

	if (!url || *url_part(wallet, url, CURLUPART_QUERY, 0))
		return wallet_fail(wallet, WALLET_FAILED, "%s is not an identifier", identifier);
	path = url_part(wallet, url, CURLUPART_PATH, 0);
	if (strcmp(path, "/") == 0)
		path = "";
	path = wallet_printf(wallet, "/.well-known/%s%s", name, path);
	if (curl_url_set(url, CURLUPART_PATH, path, 0) != CURLUE_OK)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not an identifier", identifier);
	full = url_part(wallet, url, CURLUPART_URL, 0);
	*ret_url = full;
	return 0;
}
