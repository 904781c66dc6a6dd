/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and networks (RFC 4291, RFC 6890).  Called by the door for trusted proxies and by fetch
 * for what may be reached.
 */
#include "http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool bits_read(const char *text, unsigned max, unsigned *ret_bits);

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

bool
network_read(const char *text, size_t len, struct network *ret_network)
{
	char copy[NETWORK_TEXT_BYTES + 4];
	struct network network = {.bits = 128};
	bool is_v4;
	char *slash;

	if (len == 0 || len >= sizeof copy || memchr(text, 0, len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = 0;
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = 0;
	is_v4 = strchr(copy, ':') == NULL;
	if (is_v4)
		memcpy(network.at, mapped, sizeof mapped);
	if (inet_pton(is_v4 ? AF_INET : AF_INET6, copy, network.at + (is_v4 ? 12 : 0)) != 1)
		return false;
	if (slash != NULL && !bits_read(slash + 1, is_v4 ? 32 : 128, &network.bits))
		return false;
	if (slash != NULL && is_v4)
		network.bits += 96;
	*ret_network = network;
	return true;
}

static bool
bits_read(const char *text, unsigned max, unsigned *ret_bits)
{
	unsigned bits = 0;
	const char *at;

	if (*text == 0 || strlen(text) > 3)
		return false;
	for (at = text; *at != 0; at++) {
		if (*at < '0' || *at > '9')
			return false;
		bits = bits * 10 + (unsigned)(*at - '0');
	}
	if (bits > max)
		return false;
	*ret_bits = bits;
	return true;
}

bool
network_of(const struct sockaddr *address, struct network *ret_network)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof in4);
		memcpy(ret_network->at, mapped, sizeof mapped);
		memcpy(ret_network->at + 12, &in4.sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof in6);
		memcpy(ret_network->at, &in6.sin6_addr, 16);
	} else {
		return false;
	}
	ret_network->bits = 128;
	return true;
}

void
network_text(const struct network *network, char ret_text[NETWORK_TEXT_BYTES])
{
	bool is_v4 = memcmp(network->at, mapped, sizeof mapped) == 0;

	inet_ntop(is_v4 ? AF_INET : AF_INET6, network->at + (is_v4 ? 12 : 0), ret_text,
	    NETWORK_TEXT_BYTES);
}

bool
network_holds(const struct network *network, const struct network *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;
	unsigned mask = (0xff00u >> rest) & 0xffu;

	if (memcmp(network->at, address->at, whole) != 0)
		return false;
	return rest == 0 || ((network->at[whole] ^ address->at[whole]) & mask) == 0;
}

bool
networks_hold(const struct networks *networks, const struct network *address)
{
	size_t i;

	for (i = 0; i < networks->n; i++)
		if (network_holds(&networks->at[i], address))
			return true;
	return false;
}

bool
networks_read(const char *const *words, struct networks *ret_networks, const char **ret_bad)
{
	struct network *at;
	size_t i, n = 0;

	while (words != NULL && words[n] != NULL)
		n++;
	at = calloc(n + 1, sizeof *at);
	if (at == NULL)
		abort();
	for (i = 0; i < n; i++) {
		if (!network_read(words[i], strlen(words[i]), &at[i])) {
			free(at);
			*ret_bad = words[i];
			return false;
		}
	}
	*ret_networks = (struct networks){at, n};
	return true;
}

void
networks_free(struct networks *networks)
{
	free((void *)(uintptr_t)networks->at);
	*networks = (struct networks){0};
}

/* RFC 6890 and the registries that follow it: everything that is not "globally reachable". */
static const char *const special[] = {
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/128",
    "::1/128",
    "::/96",           /* IPv4-compatible: long dead, and hides an IPv4 address */
    "::ffff:0:0:0/96", /* IPv4-translated */
    "64:ff9b::/96",    /* NAT64: hides an IPv4 address */
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16", /* 6to4: hides an IPv4 address */
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
};

bool
network_is_public(const struct network *address)
{
	struct network network;
	size_t i;

	for (i = 0; i < sizeof special / sizeof *special; i++)
		if (network_read(special[i], strlen(special[i]), &network) &&
		    network_holds(&network, address))
			return false;
	return true;
}

struct network
network_of_caller(const struct network *address)
{
	struct network caller = {.bits = 128};
	size_t kept = memcmp(address->at, mapped, sizeof mapped) == 0 ? 16 : 8;

	memcpy(caller.at, address->at, kept);
	return caller;
}
