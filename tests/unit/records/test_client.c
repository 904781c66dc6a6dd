/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients applied, found, changed, removed (cases R08, R09, T53, U06).
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/offload.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "records/asset.h"
#include "records/client.h"
#include "store/sql.h"

RECORDS_STAND

#define EC \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\"," \
	"\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\"," \
	"\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}"

static const struct client *
found(struct task *task, const char *id)
{
	const struct client *client;

	expect_ok(task, client_find(task, id, &client));
	return client;
}

static const char *
applied(struct task *task, const char *metadata)
{
	const struct client_draft draft = {.metadata = json_of(task, metadata)};
	struct client_made made = {.secret = "untouched"};

	expect_ok(task, client_apply(task, &draft, "alice", &made));
	assert_null(json_object_get(made.stored, "client_secret"));
	json_keep(task, made.stored);
	return made.secret;
}

static int
refused(struct task *task, const char *metadata)
{
	const struct client_draft draft = {.metadata = json_of(task, metadata)};
	struct client_made made;
	int r = client_apply(task, &draft, "alice", &made);

	fault_clear(task);
	return r;
}

static void
defaults(struct stand *s, struct task *task, unsigned index)
{
	const struct client *client;
	const char *secret;
	bool matches;

	(void)s, (void)index;
	assert_null(found(task, "rp1"));
	secret = applied(task,
	    "{\"client_id\":\"rp1\",\"client_name\":\"Portal\","
	    "\"client_name#km\":\"\\u1785\",\"redirect_uris\":[\"https://rp1.test:8443/cb\","
	    "\"https://rp1.test:8443/other\",\"http://127.0.0.1:81/x\"]}");
	assert_int_equal(strlen(secret), 43);
	client = found(task, "rp1");
	assert_non_null(client);
	assert_string_equal(client->id, "rp1");
	assert_int_equal(client->profile, CLIENT_STANDARD);
	assert_int_equal(client->auth_method, CLIENT_AUTH_SECRET_BASIC);
	assert_int_equal(client->id_token_alg, ALG_RS256);
	assert_int_equal(client->assertion_alg, ALG_NONE);
	assert_string_equal(json_get_text(client->name, "en"), "Portal");
	assert_string_equal(json_get_text(client->name, "km"), "\xe1\x9e\x85");
	assert_string_equal(client->redirect_uris[2], "http://127.0.0.1:81/x");
	assert_null(client->redirect_uris[3]);
	assert_null(client->post_logout_redirect_uris[0]);
	assert_string_equal(client->grant_types[0], "authorization_code");
	assert_string_equal(client->scopes[0], "openid");
	assert_string_equal(client->scopes[4], "address");
	assert_null(client->scopes[5]);
	assert_null(client->resources[0]);
	assert_string_equal(client->sector, "rp1.test");
	assert_true(client->requires_pkce);
	assert_false(client->is_public_subject);
	assert_true(client->is_approved);
	assert_false(client->is_service);
	assert_int_equal(client->default_max_age_s, -1);
	assert_string_equal(client->origins[0], "https://rp1.test:8443");
	assert_string_equal(client->origins[1], "http://127.0.0.1:81");
	assert_null(client->origins[2]);
	assert_int_equal(client->n_purposes, 1);
	assert_string_equal(client->purposes[0].id, "sign-in");
	assert_true(client->purposes[0].is_builtin);
	assert_string_equal(client->purposes[0].claims[0].name, "sub");
	assert_true(client->purposes[0].claims[0].is_essential);
	assert_false(client->purposes[0].claims[1].is_essential);
	assert_ptr_equal(client_purpose(client, NULL), &client->purposes[0]);
	assert_ptr_equal(client_purpose(client, "sign-in"), &client->purposes[0]);
	assert_null(client_purpose(client, "other"));
	assert_int_equal(client->purposes[0].basis, BASIS_CONSENT);
	assert_int_equal(client->purposes[0].mode, ACCESS_UNTIL);
	assert_int_equal(client->purposes[0].number, 1);
	assert_true(client->purposes[0].valid_s > 0);
	assert_true(purpose_stands(&client->purposes[0], INT64_MAX));
	assert_null(json_object_get(client->metadata, "client_secret"));
	assert_true(client_may_redirect(client, "https://rp1.test:8443/cb"));
	assert_false(client_may_redirect(client, "https://rp1.test/cb"));
	assert_false(client_may_redirect(client, "http://127.0.0.1:82/x"));
	assert_false(client_may_redirect(client, NULL));
	expect_ok(task, digest_secret_matches(task, secret, client->secret_stored, &matches));
	assert_true(matches);
	assert_null(strstr(client->secret_stored, secret));
}
RECORDS_TEST(defaults)

static void
kinds(struct stand *s, struct task *task, unsigned index)
{
	const struct client *client;

	(void)s, (void)index;
	assert_null(
	    applied(task, "{\"client_id\":\"native\",\"token_endpoint_auth_method\":\"none\","
			  "\"redirect_uris\":[\"http://127.0.0.1/cb\",\"com.example.app:/cb\"]}"));
	client = found(task, "native");
	assert_int_equal(client->profile, CLIENT_PUBLIC_NATIVE);
	assert_true(client_may_redirect(client, "http://127.0.0.1:5123/cb"));
	assert_true(client_may_redirect(client, "com.example.app:/cb"));
	assert_string_equal(client->origins[0], "http://127.0.0.1:*");
	assert_string_equal(client->origins[1], "com.example.app:");
	assert_string_equal(client->sector, "client:native");
	assert_string_equal(json_get_text(client->name, "en"), "native");
	assert_null(client->secret_stored);

	assert_null(applied(task,
	    "{\"client_id\":\"gov\",\"dvara_profile\":\"fapi2\",\"jwks\":{\"keys\":[" EC "]},"
	    "\"redirect_uris\":[\"https://gov.test/cb\"],\"subject_type\":\"public\","
	    "\"token_endpoint_auth_signing_alg\":\"ES256\",\"default_max_age\":60,"
	    "\"sector_identifier_uri\":\"https://sector.test/x\",\"scope\":\"openid\","
	    "\"dvara_resources\":[\"welfare\"],\"dvara_purposes\":[{\"id\":\"a\","
	    "\"why\":{\"en\":\"A\"},\"claims\":[{\"name\":\"name\",\"essential\":true},"
	    "{\"name\":\"email\",\"why\":{\"en\":\"B\"}}]},"
	    "{\"id\":\"b\",\"why\":{\"en\":\"A\"},\"claims\":[]}]}"));
	client = found(task, "gov");
	assert_int_equal(client->profile, CLIENT_FAPI2);
	assert_int_equal(client->auth_method, CLIENT_AUTH_PRIVATE_KEY_JWT);
	assert_int_equal(client->assertion_alg, ALG_ES256);
	assert_int_equal(client->id_token_alg, ALG_ES256);
	assert_int_equal(client->jwks.n_keys, 1);
	assert_non_null(jwks_find(&client->jwks, "1", ALG_ES256));
	assert_string_equal(client->sector, "sector.test");
	assert_true(client->is_public_subject);
	assert_int_equal(client->default_max_age_s, 60);
	assert_string_equal(client->resources[0], "welfare");
	assert_int_equal(client->n_purposes, 2);
	assert_int_equal(client->purposes[0].n_claims, 2);
	assert_true(client->purposes[0].claims[0].is_essential);
	assert_string_equal(json_get_text(client->purposes[0].claims[1].why, "en"), "B");
	assert_string_not_equal(client->purposes[0].version, client->purposes[1].version);
	assert_false(client->purposes[0].is_builtin);

	assert_null(applied(task,
	    "{\"client_id\":\"service\",\"dvara_service\":true,\"jwks\":{\"keys\":[" EC "]}}"));
	assert_true(found(task, "service")->is_service);

	assert_int_equal(refused(task, "{\"redirect_uris\":[\"https://a.test\"],"
				       "\"client_id\":\"a b\"}"),
	    INVALID_CLIENT_METADATA);
	assert_int_equal(refused(task, "{\"redirect_uris\":[\"https://a.test\"],"
				       "\"client_id\":7}"),
	    INVALID_CLIENT_METADATA);
	assert_int_equal(refused(task, "{\"client_id\":\"gov\"}"), INVALID_REDIRECT_URI);
	assert_int_equal(found(task, "gov")->profile, CLIENT_FAPI2); /* the old one is intact */
}
RECORDS_TEST(kinds)

static void
changes(struct stand *s, struct task *task, unsigned index)
{
	const struct client *before, *after;
	const char *secret, *stored, *version;
	json_t *list;

	(void)s, (void)index;
	secret =
	    applied(task, "{\"client_id\":\"rp1\",\"redirect_uris\":[\"https://rp1.test/a\"]}");
	before = found(task, "rp1");
	stored = before->secret_stored;
	version = before->purposes[0].version;
	assert_ptr_equal(found(task, "rp1"), before);

	/* applied again: no new secret, the old one goes on */
	assert_null(
	    applied(task, "{\"client_id\":\"rp1\",\"redirect_uris\":[\"https://rp1.test/b\"]}"));
	after = found(task, "rp1");
	assert_ptr_not_equal(after, before);
	assert_string_equal(before->redirect_uris[0], "https://rp1.test/a"); /* held */
	assert_string_equal(after->redirect_uris[0], "https://rp1.test/b");
	assert_string_equal(after->secret_stored, stored);
	assert_string_equal(after->purposes[0].version, version);

	/* a secret of one's own is stored by scrypt; keys instead of it end it */
	assert_null(
	    applied(task, "{\"client_id\":\"rp1\",\"client_secret\":\"a secret of one's own\","
			  "\"redirect_uris\":[\"https://rp1.test/b\"]}"));
	assert_memory_equal(found(task, "rp1")->secret_stored, "scrypt$", 7);
	assert_null(applied(task, "{\"client_id\":\"rp1\",\"jwks\":{\"keys\":[" EC "]},"
				  "\"redirect_uris\":[\"https://rp1.test/b\"]}"));
	assert_null(found(task, "rp1")->secret_stored);
	assert_string_not_equal(
	    applied(task, "{\"client_id\":\"rp1\",\"redirect_uris\":[\"https://rp1.test/b\"]}"),
	    secret);

	applied(task, "{\"client_id\":\"another\",\"client_name\":\"N\","
		      "\"redirect_uris\":[\"https://rp2.test/b\"]}");
	expect_ok(task, client_list(task, "", &list));
	json_keep(task, list);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_get_text(json_array_get(list, 0), "client_id"), "another");
	assert_string_equal(json_get_text(json_array_get(list, 0), "client_name"), "N");
	assert_string_equal(json_get_text(json_array_get(list, 0), "dvara_profile"), "standard");
	expect_ok(task, client_list(task, "another", &list));
	json_keep(task, list);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_get_text(json_array_get(list, 0), "client_id"), "rp1");

	expect_ok(task, client_remove(task, "rp1", "alice"));
	assert_null(found(task, "rp1"));
	expect_fault(task, client_remove(task, "rp1", "alice"), NOT_FOUND);
	expect_ok(task, audit_list(task, &(struct span){.limit = 400}, &list));
	json_keep(task, list);
	assert_int_equal(json_array_size(list), 7);
	assert_string_equal(json_get_text(json_array_get(list, 0), "event"), "client.removed");
	assert_string_equal(json_get_text(json_array_get(list, 0), "actor"), "operator:alice");
	assert_string_equal(json_get_text(json_array_get(list, 0), "client_id"), "rp1");
}
RECORDS_TEST(changes)

/* Stored with the client, or not at all. */
static void
logo(struct stand *s, struct task *task, unsigned index)
{
	const struct asset picture = {"image/png", BYTES_OF("a picture")};
	struct client_draft draft = {
	    .metadata =
		json_of(task, "{\"client_id\":\"pic\",\"redirect_uris\":[\"https://rp1.test/a\"]}"),
	    .logo = &picture};
	struct client_made made;
	struct asset kept;
	const char *id;

	(void)s, (void)index;
	expect_ok(task, client_apply(task, &draft, "alice", &made));
	json_keep(task, made.stored);
	id = found(task, "pic")->logo;
	expect_ok(task, asset_find(task, id, &kept));
	assert_string_equal(kept.type, "image/png");

	draft.logo = NULL;
	draft.metadata = json_of(task, "{\"client_id\":\"pic\",\"redirect_uris\":[\"no\"]}");
	assert_true(client_apply(task, &draft, "alice", &made) < 0);
	fault_clear(task);
	assert_string_equal(found(task, "pic")->logo, id);

	draft.metadata = found(task, "pic")->metadata;
	expect_ok(task, client_apply(task, &draft, "alice", &made));
	json_keep(task, made.stored);
	assert_null(found(task, "pic")->logo);
	assert_int_equal(asset_find(task, id, &kept), NOT_FOUND);
	fault_clear(task);
}
RECORDS_TEST(logo)

/* Without a client_id one is made; by itself (no operator) a client is not approved. */
static void
made(struct stand *s, struct task *task, unsigned index)
{
	const struct client_draft draft = {
	    .metadata = json_of(task, "{\"redirect_uris\":[\"https://rp1.test/a\"]}")};
	struct client_made made;
	const char *id;

	(void)s, (void)index;
	expect_ok(task, client_apply(task, &draft, NULL, &made));
	json_keep(task, made.stored);
	id = json_get_text(made.stored, "client_id");
	assert_int_equal(strlen(id), 22);
	assert_true(json_is_integer(json_object_get(made.stored, "client_id_issued_at")));
	assert_false(found(task, id)->is_approved);
}
RECORDS_TEST(made)

/* Another process changed it: seen within a second. */
static void
elsewhere(struct stand *s, struct task *task, unsigned index)
{
	const struct client *before;
	int64_t begun_ms;

	(void)index;
	applied(task, "{\"client_id\":\"rp1\",\"redirect_uris\":[\"https://rp1.test/a\"]}");
	before = found(task, "rp1");
	sql_tamper(s, "UPDATE client SET metadata = replace(metadata, 'rp1.test/a', 'rp1.test/b');"
		      "UPDATE generation SET number = number + 1 WHERE kind = 'client'");
	begun_ms = clock_mono_ms();
	while (!client_may_redirect(found(task, "rp1"), "https://rp1.test/b")) {
		assert_true(clock_mono_ms() - begun_ms < 20000);
		expect_ok(task, fiber_sleep(task, 20));
	}
	assert_string_equal(before->redirect_uris[0], "https://rp1.test/a");
	sql_tamper(s, "DELETE FROM client;"
		      "UPDATE generation SET number = number + 1 WHERE kind = 'client'");
	expect_ok(task, fiber_sleep(task, 1000));
	assert_null(found(task, "rp1"));

	/* what cannot be read is no client, and no crash */
	sql_tamper(s,
	    "INSERT INTO client (id, metadata, profile, is_approved, created_s, changed_s)"
	    " VALUES ('bad', '{}', 'standard', 1, 1, 1)");
	expect_fault(task, client_find(task, "bad", &before), BROKEN);
}
RECORDS_TEST(elsewhere)

static void
many_begin(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	for (int i = 0; i < 8; i++)
		applied(task, task_printf(task,
				  "{\"client_id\":\"rp%d\",\"redirect_uris\":"
				  "[\"https://rp%d.test/a\"]}",
				  i, i));
}

static void
many_run(struct stand *s, struct task *task, unsigned index)
{
	const char *id = task_printf(task, "rp%u", index % 8);

	(void)s;
	for (int i = 0; i < 20; i++) {
		assert_string_equal(found(task, id)->id, id);
		if (index == 3 && i % 5 == 0)
			applied(task, "{\"client_id\":\"rp1\",\"redirect_uris\":"
				      "[\"https://rp1.test/c\"]}");
		expect_ok(task, fiber_sleep(task, 1));
	}
}

static void
test_many(void **state)
{
	(void)state;
	stand_redis(&stand, many_begin);
	stand_run(&stand, &(struct stand_run){.fn = many_run, .n = 32, .use_redis = true});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(defaults),
	    RECORDS_UNIT(kinds),
	    RECORDS_UNIT(changes),
	    RECORDS_UNIT(logo),
	    RECORDS_UNIT(made),
	    RECORDS_UNIT(elsewhere),
	    RECORDS_UNIT(many),
	};
	int r;

	offload_open(2);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	offload_close();
	return r;
}
