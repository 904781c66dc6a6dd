/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential offers: openid-credential-offer://?credential_offer=… or credential_offer_uri=…,
 * and the same under haip-vci://.
 */
#include "offer.h"

#include "link.h"
#include "url.h"
#include "web.h"

#include <string.h>

#define PRE_AUTHORIZED "urn:ietf:params:oauth:grant-type:pre-authorized_code"

static int load_offer(struct wallet *wallet, const struct link *link, json_t **ret_object);
static int fetch_offer(struct wallet *wallet, const char *url, json_t **ret_object);
static int read_object(struct wallet *wallet, const json_t *object, struct offer *ret_offer);

int
offer_read(struct wallet *wallet, const char *uri, struct offer *ret_offer)
{
	struct link link;
	json_t *object;
	int r;

	r = link_read(wallet, uri, &link);
	if (r < 0)
		return r;
	if (strcmp(link.scheme, "openid-credential-offer") != 0 &&
	    strcmp(link.scheme, "haip-vci") != 0)
		return wallet_fail(wallet, WALLET_USAGE, "not a link to a credential offer");
	r = load_offer(wallet, &link, &object);
	if (r < 0)
		return r;
	return read_object(wallet, object, ret_offer);
}

static int
load_offer(struct wallet *wallet, const struct link *link, json_t **ret_object)
{
	const char *text = link_get(link, "credential_offer");
	const char *url = link_get(link, "credential_offer_uri");
	json_t *object;

	if (!text == !url)
		return wallet_fail(wallet, WALLET_USAGE,
		    "the link needs either credential_offer or credential_offer_uri");
	if (url)
		return fetch_offer(wallet, url, ret_object);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!object)
		return wallet_fail(wallet, WALLET_FAILED, "the credential offer is not JSON");
	*ret_object = wallet_json(wallet, object);
	return 0;
}

static int
fetch_offer(struct wallet *wallet, const char *url, json_t **ret_object)
{
	struct web_request request = {.what = "the credential offer", .url = url};
	struct web_answer answer;
	int r;

	r = web_send(wallet, &request, &answer);
	if (r < 0)
		return r;
	return web_json(wallet, request.what, &answer, ret_object);
}

static int
read_object(struct wallet *wallet, const json_t *object, struct offer *ret_offer)
{
	const json_t *grant = json_object_get(json_object_get(object, "grants"), PRE_AUTHORIZED);
	struct offer offer = {
	    .issuer = json_string_value(json_object_get(object, "credential_issuer")),
	    .configuration_ids = json_object_get(object, "credential_configuration_ids"),
	    .code = json_string_value(json_object_get(grant, "pre-authorized_code")),
	    .tx_code = json_object_get(grant, "tx_code"),
	    .authorization_server =
		json_string_value(json_object_get(grant, "authorization_server")),
	};

	if (!offer.issuer || json_array_size(offer.configuration_ids) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "the credential offer is incomplete");
	if (!offer.code)
		return wallet_fail(
		    wallet, WALLET_FAILED, "the credential offer has no pre-authorized code");
	if (offer.tx_code && !json_is_object(offer.tx_code))
		return wallet_fail(wallet, WALLET_FAILED, "the credential offer has a bad tx_code");
	*ret_offer = offer;
	return url_check(wallet, offer.issuer, "the credential issuer");
}

int
offer_check_tx_code(struct wallet *wallet, const struct offer *offer, const char *tx_code)
{
	const char *about = json_string_value(json_object_get(offer->tx_code, "description"));
	const char *mode = json_string_value(json_object_get(offer->tx_code, "input_mode"));
	json_int_t length = json_integer_value(json_object_get(offer->tx_code, "length"));

	if (!offer->tx_code && tx_code)
		return wallet_fail(wallet, WALLET_FAILED, "the offer takes no transaction code");
	if (!offer->tx_code)
		return 0;
	if (!tx_code)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the offer demands a transaction code: give --tx-code%s%.300s",
		    about ? ": " : "", about ? about : "");
	if (length > 0 && strlen(tx_code) != (size_t)length)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the transaction code has %" JSON_INTEGER_FORMAT " signs", length);
	if ((!mode || strcmp(mode, "numeric") == 0) && tx_code[strspn(tx_code, "0123456789")])
		return wallet_fail(wallet, WALLET_FAILED, "the transaction code has digits only");
	return 0;
}
