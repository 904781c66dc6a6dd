/* SPDX-License-Identifier: Apache-2.0
 *
 * Ports of the places that a service calls: what the kernel can hold it to
 * (plugins/host/landlock.c; it knows no names).  Called by manifest_check.c and dvara-service.
 */
#include "manifest/manifest.h"

#include <stdlib.h>
#include <string.h>

#define PORT_MAX 65535

int
manifest_port(const char *place)
{
	const char *colon = strrchr(place, ':'), *host_end = strchr(place, ']');
	size_t n_digits = colon ? strspn(colon + 1, "0123456789") : 0;
	bool is_address = place[0] == '[';
	long port;

	if (n_digits == 0 || n_digits > 5 || colon == place || colon[1 + n_digits] != '\0' ||
	    strpbrk(place, " /@?#"))
		return 0;
	/* The colons of an IPv6 address are within its brackets. */
	if (is_address ? host_end != colon - 1 : strchr(place, ':') != colon)
		return 0;
	port = strtol(colon + 1, NULL, 10);
	return port >= 1 && port <= PORT_MAX ? (int)port : 0;
}

int
manifest_port_of_url(const char *url)
{
	const char *at = strstr(url, "://");
	char place[300];
	size_t len;

	if (!at)
		return 0;
	len = strcspn(at + 3, "/?#");
	if (len >= sizeof(place))
		return 0;
	memcpy(place, at + 3, len);
	place[len] = '\0';
	if (manifest_port(place) > 0)
		return manifest_port(place);
	return str_starts(url, "https:") ? 443 : 80;
}
