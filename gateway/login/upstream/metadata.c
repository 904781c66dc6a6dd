/* SPDX-License-Identifier: Apache-2.0
 *
 * An upstream's metadata (OpenID Connect Discovery 1.0 section 4), and whether it answers at all.
 * One cache for the process; any thread.
 */
#include "login/upstream/provider.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/task.h"
#include "http/fetch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WELL_KNOWN    "/.well-known/openid-configuration"
#define FRESH_S       300
#define PEACE_S       10
#define AWAY_S        60 /* that long its row in the chooser says so */
#define LOOK_AGAIN_MS 20
#define URL_MAX_BYTES 2048

struct entry {
	struct entry *next;
	char *issuer;
	char *text;                  /* what metadata_read() left of the document; NULL: none */
	int64_t fetched_s, failed_s; /* 0: never */
	int64_t away_s;              /* something of it did not answer */
	int64_t fetch_until_ms;      /* somebody fetches it, until then at most */
};
/* As many as were ever configured: never freed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;

enum turn { TURN_USE = 1, TURN_FETCH, TURN_WAIT, TURN_PEACE };

static enum turn turn_take(struct task *task, const char *issuer, const char **ret_text);
static struct entry *entry_of(const char *issuer);
static bool is_within(int64_t since_s, int64_t span_s);
static int fetch(struct task *task, const char *issuer, const char **ret_text);
static void fetched_put(const char *issuer, const char *text);
static int document_read(struct task *task, const char *issuer, const char **ret_text);
static void metadata_of(struct task *task, const char *text, struct metadata *ret_metadata);
static bool is_endpoint(const char *issuer, const char *url);

int
upstream_metadata(struct task *task, const struct upstream *upstream, struct metadata *ret_metadata)
{
	const char *issuer = upstream->issuer, *text = NULL;
	enum turn turn;
	int r;

	while ((turn = turn_take(task, issuer, &text)) == TURN_WAIT) {
		r = fiber_sleep(task, LOOK_AGAIN_MS);
		if (r < 0)
			return r;
	}
	if (turn == TURN_PEACE)
		return fail(task, BUSY, "%s did not answer a moment ago", issuer);
	if (turn == TURN_FETCH) {
		r = fetch(task, issuer, &text);
		if (r < 0)
			return r;
	}
	metadata_of(task, text, ret_metadata);
	return 0;
}

static enum turn
turn_take(struct task *task, const char *issuer, const char **ret_text)
{
	enum turn turn = TURN_FETCH;
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(issuer);
	if (is_within(entry->fetched_s, FRESH_S))
		turn = TURN_USE;
	else if (clock_mono_ms() < entry->fetch_until_ms)
		turn = TURN_WAIT;
	else if (is_within(entry->failed_s, PEACE_S))
		turn = TURN_PEACE;
	else
		entry->fetch_until_ms = clock_mono_ms() + task_left_ms(task);
	if (turn == TURN_USE)
		*ret_text = task_dup(task, entry->text);
	pthread_mutex_unlock(&lock);
	return turn;
}

static struct entry *
entry_of(const char *issuer)
{
	struct entry *entry;

	for (entry = entries; entry; entry = entry->next)
		if (strcmp(entry->issuer, issuer) == 0)
			return entry;
	entry = calloc(1, sizeof(*entry));
	entry->issuer = strdup(issuer);
	entry->next = entries;
	entries = entry;
	return entry;
}

static bool
is_within(int64_t since_s, int64_t span_s)
{
	int64_t age_s = clock_now_s() - since_s;

	return since_s != 0 && age_s >= 0 && age_s < span_s;
}

static int
fetch(struct task *task, const char *issuer, const char **ret_text)
{
	int r = document_read(task, issuer, ret_text);

	fetched_put(issuer, r < 0 ? NULL : *ret_text);
	return r;
}

/* NULL: it could not be had. */
static void
fetched_put(const char *issuer, const char *text)
{
	int64_t now_s = clock_now_s();
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(issuer);
	free(entry->text);
	entry->text = text == NULL ? NULL : strdup(text);
	entry->fetched_s = text == NULL ? 0 : now_s;
	entry->failed_s = entry->away_s = text == NULL ? now_s : 0;
	entry->fetch_until_ms = 0;
	pthread_mutex_unlock(&lock);
}

/* Keeps nobody from trying: one person's account there may be what is broken. */
void
metadata_set_away(const char *issuer)
{
	pthread_mutex_lock(&lock);
	entry_of(issuer)->away_s = clock_now_s();
	pthread_mutex_unlock(&lock);
}

bool
metadata_is_away(const char *issuer)
{
	bool is_away;

	pthread_mutex_lock(&lock);
	is_away = is_within(entry_of(issuer)->away_s, AWAY_S);
	pthread_mutex_unlock(&lock);
	return is_away;
}

static int
document_read(struct task *task, const char *issuer, const char **ret_text)
{
	static const struct pair accept = {"Accept", "application/json"};
	bool has_slash = str_ends(issuer, "/");
	const struct fetch call = {
	    .url = task_printf(task, "%.*s" WELL_KNOWN, (int)strlen(issuer) - has_slash, issuer),
	    .headers = {&accept, 1},
	    .max_answer_bytes = JSON_MAX_BYTES,
	};
	struct fetched fetched = {0};
	json_t *json;
	int r;

	r = http_fetch(task, &call, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200)
		return fail(task, UPSTREAM_BROKEN, "%s answers %d", call.url, fetched.status);
	r = metadata_read(task, issuer, fetched.body, &json);
	if (r < 0)
		return r;
	*ret_text = json_text(task, json_keep(task, json));
	return 0;
}

/* Section 4.3: the issuer is the one asked, letter by letter.  What the browser or we are sent to
 * is an address of the same safety as the issuer's. */
int
metadata_read(struct task *task, const char *issuer, struct bytes text, json_t **ret_json)
{
	static const char *const names[] = {"authorization_endpoint", "token_endpoint", "jwks_uri",
	    "userinfo_endpoint", "pushed_authorization_request_endpoint"};
	json_auto_t *json = NULL;
	json_t *kept;

	if (json_parse_object(task, (const char *)text.at, text.len, &json) < 0) {
		fault_as(task, UPSTREAM_BROKEN);
		return UPSTREAM_BROKEN;
	}
	if (!str_equal(json_get_text(json, "issuer"), issuer))
		return fail(task, UPSTREAM_BROKEN, "the metadata of %s are another's", issuer);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *url = json_object_get(json, names[i]);

		if ((url != NULL || i < 3) && !is_endpoint(issuer, json_string_value(url)))
			return fail(task, UPSTREAM_BROKEN, "%s of %s is no address to be used",
			    names[i], issuer);
	}
	kept = json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_set_text(kept, names[i], json_get_text(json, names[i]));
	json_object_set_new(kept, "iss",
	    json_boolean(json_get_bool(json, "authorization_response_iss_parameter_supported")));
	*ret_json = kept;
	return 0;
}

static bool
is_endpoint(const char *issuer, const char *url)
{
	const char *host;

	if (url == NULL || strnlen(url, URL_MAX_BYTES) == URL_MAX_BYTES ||
	    !str_is_printable_ascii(url) || strpbrk(url, "# \"<>\\") != NULL)
		return false;
	if (!str_starts(url, "https://") &&
	    !(str_starts(url, "http://") && str_starts(issuer, "http://")))
		return false;
	host = strstr(url, "://") + strlen("://");
	return strcspn(host, "/?") > 0 && strcspn(host, "@") >= strcspn(host, "/?");
}

static void
metadata_of(struct task *task, const char *text, struct metadata *ret_metadata)
{
	json_t *json = json_keep(task, json_loads(text, 0, NULL));

	*ret_metadata = (struct metadata){
	    .authorization_endpoint = json_get_text(json, "authorization_endpoint"),
	    .token_endpoint = json_get_text(json, "token_endpoint"),
	    .jwks_uri = json_get_text(json, "jwks_uri"),
	    .userinfo_endpoint = json_get_text(json, "userinfo_endpoint"),
	    .par_endpoint = json_get_text(json, "pushed_authorization_request_endpoint"),
	    .answers_with_iss = json_get_bool(json, "iss"),
	};
}
