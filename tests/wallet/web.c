/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP by libcurl, for the metadata, token, credential, request and response addresses.
 */
#include "web.h"

#include "url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct exchange {
	struct wallet *wallet;
	CURL *curl;
	struct curl_slist *headers;
	char *body;
	size_t n_body;
	bool is_too_long;
};

static void add_headers(struct exchange *exchange, const struct web_request *request);
static void set_options(struct exchange *exchange, const struct web_request *request);
static int perform(struct exchange *exchange, const char *what);
static void read_answer(struct exchange *exchange, struct web_answer *answer);
static size_t keep_body(char *bytes, size_t one, size_t n_bytes, void *cookie);

int
web_send(struct wallet *wallet, const struct web_request *request, struct web_answer *ret_answer)
{
	struct exchange exchange = {.wallet = wallet};
	struct web_answer answer;
	int r;

	r = url_check(wallet, request->url, request->what);
	if (r < 0)
		return r;
	exchange.curl = curl_easy_init();
	if (!exchange.curl)
		abort();
	exchange.body = wallet_alloc(wallet, WEB_ANSWER_BYTES + 1);
	add_headers(&exchange, request);
	set_options(&exchange, request);
	r = perform(&exchange, request->what);
	if (r == 0)
		read_answer(&exchange, &answer);
	curl_slist_free_all(exchange.headers);
	curl_easy_cleanup(exchange.curl);
	if (r < 0)
		return r;
	if (answer.status >= 300 && answer.status < 400)
		return wallet_fail(wallet, WALLET_FAILED, "%s answers with a redirect (HTTP %ld)",
		    request->what, answer.status);
	*ret_answer = answer;
	return 0;
}

static void
add_header(struct exchange *exchange, const char *name, const char *value)
{
	char *line;

	if (!value)
		return;
	line = wallet_printf(exchange->wallet, "%s: %s", name, value);
	exchange->headers = curl_slist_append(exchange->headers, line);
	if (!exchange->headers)
		abort();
}

static void
add_headers(struct exchange *exchange, const struct web_request *request)
{
	add_header(exchange, "Accept", request->accept ? request->accept : "application/json");
	add_header(exchange, "Authorization", request->authorization);
	add_header(exchange, "DPoP", request->dpop);
	if (!request->body)
		return;
	/* libcurl would name a form where the caller names nothing. */
	if (request->content_type)
		add_header(exchange, "Content-Type", request->content_type);
	else
		exchange->headers = curl_slist_append(exchange->headers, "Content-Type:");
	exchange->headers = curl_slist_append(exchange->headers, "Expect:");
}

static void
set_options(struct exchange *exchange, const struct web_request *request)
{
	CURL *curl = exchange->curl;

	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, exchange->wallet->timeout_s);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, exchange->wallet->timeout_s);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (exchange->wallet->ca_file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, exchange->wallet->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (request->body) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	}
}

static int
perform(struct exchange *exchange, const char *what)
{
	CURLcode code = curl_easy_perform(exchange->curl);

	if (exchange->is_too_long)
		return wallet_fail(exchange->wallet, WALLET_FAILED, "%s answers more than %d bytes",
		    what, WEB_ANSWER_BYTES);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return wallet_fail(exchange->wallet, WALLET_FAILED,
		    "%s does not answer within %ld s", what, exchange->wallet->timeout_s);
	if (code != CURLE_OK)
		return wallet_fail(exchange->wallet, WALLET_FAILED, "%s cannot be reached: %s",
		    what, curl_easy_strerror(code));
	return 0;
}

static size_t
keep_body(char *bytes, size_t one, size_t n_bytes, void *cookie)
{
	struct exchange *exchange = cookie;

	(void)one;
	if (n_bytes > WEB_ANSWER_BYTES - exchange->n_body) {
		exchange->is_too_long = true;
		return 0;
	}
	memcpy(exchange->body + exchange->n_body, bytes, n_bytes);
	exchange->n_body += n_bytes;
	return n_bytes;
}

static void
read_answer(struct exchange *exchange, struct web_answer *answer)
{
	struct curl_header *header;
	char *type = NULL;

	*answer = (struct web_answer){.body = exchange->body, .n_body = exchange->n_body};
	curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(exchange->curl, CURLINFO_CONTENT_TYPE, &type);
	type = type ? wallet_copy(exchange->wallet, type, strcspn(type, "; ")) : NULL;
	for (char *c = type; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	answer->content_type = type ? type : "";
	if (curl_easy_header(exchange->curl, "DPoP-Nonce", 0, CURLH_HEADER, -1, &header) ==
	    CURLHE_OK)
		answer->dpop_nonce =
		    wallet_copy(exchange->wallet, header->value, strlen(header->value));
}

int
web_json(
    struct wallet *wallet, const char *what, const struct web_answer *answer, json_t **ret_object)
{
	json_t *object;

	if (answer->status != 200)
		return web_fail(wallet, what, answer);
	if (strcmp(answer->content_type, "application/json") != 0)
		return wallet_fail(wallet, WALLET_FAILED, "%s answers %s, not application/json",
		    what, *answer->content_type ? answer->content_type : "without a content type");
	object = json_loadb(answer->body, answer->n_body, JSON_REJECT_DUPLICATES, NULL);
	if (!object)
		return wallet_fail(wallet, WALLET_FAILED, "%s does not answer JSON", what);
	wallet_json(wallet, object);
	if (!json_is_object(object))
		return wallet_fail(wallet, WALLET_FAILED, "%s does not answer a JSON object", what);
	*ret_object = object;
	return 0;
}

int
web_fail(struct wallet *wallet, const char *what, const struct web_answer *answer)
{
	json_t *object = json_loadb(answer->body, answer->n_body, JSON_REJECT_DUPLICATES, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));
	const char *more = json_string_value(json_object_get(object, "error_description"));
	int r;

	r = wallet_fail(wallet, WALLET_FAILED, "%s answers HTTP %ld%s%.200s%s%.500s", what,
	    answer->status, error ? ": " : "", error ? error : "", more ? ", " : "",
	    more ? more : "");
	json_decref(object);
	return r;
}

const char *
web_error(struct wallet *wallet, const struct web_answer *answer)
{
	json_t *object = json_loadb(answer->body, answer->n_body, JSON_REJECT_DUPLICATES, NULL);
	const char *error = json_string_value(json_object_get(object, "error"));

	error = error ? wallet_copy(wallet, error, strlen(error)) : "";
	json_decref(object);
	return error;
}
