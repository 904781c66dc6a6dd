/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables (see schema.h), one migration per group.  A migration that has been released is never
 * changed: what must be different is a new one.
 *
 * Numbers that must follow the order of commits (generation, audit_head) are drawn by updating one
 * row first: its lock is what makes writers of several processes take turns.
 */
#include "records/schema.h"

const struct sql_migration schema_migrations[] = {
    {1, "generation",
	/* client: grows with each change of any client; revocation: the last number drawn */
	"CREATE TABLE generation ("
	" kind TEXT PRIMARY KEY,"
	" number BIGINT NOT NULL);"
	"INSERT INTO generation (kind, number) VALUES ('client', 0);"
	"INSERT INTO generation (kind, number) VALUES ('revocation', 0)"},
    {2, "client",
	"CREATE TABLE client ("
	" id TEXT PRIMARY KEY,"
	" metadata TEXT NOT NULL,"
	" secret TEXT,"
	" name TEXT,"
	" profile TEXT NOT NULL,"
	" is_approved BIGINT NOT NULL,"
	" created_s BIGINT NOT NULL,"
	" changed_s BIGINT NOT NULL)"},
    {3, "person",
	"CREATE TABLE person ("
	" id TEXT PRIMARY KEY,"
	" register_key TEXT NOT NULL UNIQUE,"
	" since_s BIGINT NOT NULL)"},
    {4, "register",
	"CREATE TABLE register ("
	" register_key TEXT PRIMARY KEY,"
	" short_name TEXT UNIQUE,"
	" name TEXT,"
	" life TEXT NOT NULL CHECK (life IN ('active', 'dead', 'blocked')),"
	" claims TEXT NOT NULL,"
	" changed_s BIGINT NOT NULL)"},
    {5, "consent",
	/* never updated but for ended_s and withdrawn_s */
	"CREATE TABLE consent ("
	" id TEXT PRIMARY KEY,"
	" person_id TEXT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" purpose_id TEXT NOT NULL,"
	" purpose_version TEXT NOT NULL,"
	" asked TEXT NOT NULL,"
	" allowed TEXT NOT NULL,"
	" resources TEXT NOT NULL,"
	" given_s BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL,"
	" ended_s BIGINT NOT NULL,"
	" withdrawn_s BIGINT NOT NULL,"
	" notice_hash TEXT,"
	" language TEXT);"
	"CREATE INDEX consent_of_person ON consent (person_id, given_s);"
	"CREATE UNIQUE INDEX consent_standing ON consent (person_id, client_id, purpose_id)"
	" WHERE ended_s = 0 AND withdrawn_s = 0"},
    {6, "revocation",
	/* id: of a grant, or of a consent with all its grants */
	"CREATE TABLE revocation ("
	" number BIGINT PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" why TEXT NOT NULL,"
	" at_s BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL);"
	"CREATE INDEX revocation_until ON revocation (until_s)"},
    {7, "ledger",
	/* id grows with time */
	"CREATE TABLE ledger ("
	" id TEXT PRIMARY KEY,"
	" at_s BIGINT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" client_id TEXT,"
	" purpose_id TEXT,"
	" purpose_version TEXT,"
	" consent_id TEXT,"
	" basis TEXT NOT NULL,"
	" channel TEXT NOT NULL,"
	" claims TEXT NOT NULL,"
	" request_id TEXT NOT NULL);"
	"CREATE INDEX ledger_of_person ON ledger (person_id, id)"},
    {8, "audit",
	"CREATE TABLE audit ("
	" seq BIGINT PRIMARY KEY,"
	" at_s BIGINT NOT NULL,"
	" event TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" person_id TEXT,"
	" client_id TEXT,"
	" detail TEXT,"
	" prev TEXT NOT NULL,"
	" hash TEXT NOT NULL);"
	"CREATE TABLE audit_head ("
	" one BIGINT PRIMARY KEY CHECK (one = 1),"
	" seq BIGINT NOT NULL,"
	" hash TEXT NOT NULL);"
	"INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '')"},
    {9, "signing key",
	"CREATE TABLE signing_key ("
	" kid TEXT PRIMARY KEY,"
	" alg TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN ('staged', 'active', 'retired')),"
	" since_s BIGINT NOT NULL,"
	" last_exp_s BIGINT NOT NULL);"
	"CREATE UNIQUE INDEX signing_key_active ON signing_key (alg) WHERE state = 'active'"},
    {10, "credential",
	"CREATE TABLE status_list ("
	" number BIGINT PRIMARY KEY,"
	" n_used BIGINT NOT NULL);"
	"CREATE TABLE credential ("
	" id TEXT PRIMARY KEY,"
	" person_id TEXT NOT NULL,"
	" configuration TEXT NOT NULL,"
	" list BIGINT NOT NULL,"
	" place BIGINT NOT NULL,"
	" issued_s BIGINT NOT NULL,"
	" expires_s BIGINT NOT NULL,"
	" revoked_s BIGINT NOT NULL,"
	" UNIQUE (list, place));"
	"CREATE INDEX credential_of_person ON credential (person_id, issued_s);"
	"CREATE INDEX credential_revoked ON credential (list, place) WHERE revoked_s > 0"},
    {11, "refresh",
	/* a family of refresh tokens; one that has ended is gone */
	"CREATE TABLE refresh ("
	" id TEXT PRIMARY KEY,"
	" secret TEXT NOT NULL,"
	" grant_id TEXT NOT NULL UNIQUE,"
	" client_id TEXT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" purpose_id TEXT,"
	" session_id TEXT,"
	" is_offline BIGINT NOT NULL,"
	" kept TEXT NOT NULL,"
	" issued_s BIGINT NOT NULL,"
	" used_s BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL);"
	"CREATE INDEX refresh_of_person ON refresh (person_id, client_id);"
	"CREATE INDEX refresh_of_session ON refresh (session_id) WHERE is_offline = 0;"
	"CREATE INDEX refresh_until ON refresh (until_s);"
	"ALTER TABLE consent ADD COLUMN is_offline BIGINT NOT NULL DEFAULT 0"},
    {12, "visit, outbox",
	"CREATE TABLE visit ("
	" sid TEXT PRIMARY KEY,"
	" session_id TEXT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" is_told BIGINT NOT NULL,"
	" since_s BIGINT NOT NULL);"
	"CREATE INDEX visit_of_session ON visit (session_id);"
	"CREATE INDEX visit_of_person ON visit (person_id);"
	"CREATE INDEX visit_since ON visit (since_s);"
	/* id grows with time */
	"CREATE TABLE outbox ("
	" id TEXT PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" body TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),"
	" n_tries BIGINT NOT NULL,"
	" since_s BIGINT NOT NULL,"
	" next_s BIGINT NOT NULL,"
	" done_s BIGINT NOT NULL,"
	" result TEXT);"
	"CREATE INDEX outbox_next ON outbox (next_s);"
	"CREATE INDEX outbox_of_person ON outbox (person_id, id)"},
    {13, "client origin",
	/* of redirect addresses: whose pages may read an error before it is known whose it is */
	"CREATE TABLE client_origin ("
	" origin TEXT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" PRIMARY KEY (origin, client_id));"
	"CREATE INDEX client_origin_of ON client_origin (client_id)"},
    {14, "registration",
	/* invite: id is the hash of the token; uses_left of how many times it may be used */
	"CREATE TABLE invite ("
	" id TEXT PRIMARY KEY,"
	" uses_left BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL,"
	" since_s BIGINT NOT NULL);"
	/* a client that registered itself: token is the hash of its registration access token */
	"CREATE TABLE registration ("
	" client_id TEXT PRIMARY KEY,"
	" token TEXT NOT NULL,"
	" statement TEXT,"
	" since_s BIGINT NOT NULL)"},
    {15, "secret before, logo",
	"ALTER TABLE client ADD COLUMN secret_before TEXT;"
	"ALTER TABLE client ADD COLUMN secret_before_until_s BIGINT NOT NULL DEFAULT 0;"
	/* logo: the asset that its logo_uri was; bytes of an asset are base64url, id their hash */
	"ALTER TABLE client ADD COLUMN logo TEXT;"
	"CREATE TABLE asset ("
	" id TEXT PRIMARY KEY,"
	" type TEXT NOT NULL,"
	" bytes TEXT NOT NULL,"
	" since_s BIGINT NOT NULL)"},
    {16, "subject",
	/* pairwise subjects that clients may name people by (person.h) */
	"CREATE TABLE subject ("
	" subject TEXT PRIMARY KEY,"
	" person_id TEXT NOT NULL)"},
    {17, "everywhere",
	/* what grants of no session hang on until the person signs out everywhere (person.h) */
	"ALTER TABLE person ADD COLUMN everywhere TEXT"},
    {18, "device",
	/* of a credential: the grant that fetched it, by which a wallet on one phone is known as
	 * long as it renews; of older ones their own id */
	"ALTER TABLE credential ADD COLUMN device TEXT NOT NULL DEFAULT '';"
	"UPDATE credential SET device = id;"
	"ALTER TABLE credential ADD COLUMN client_id TEXT;"
	"CREATE INDEX credential_of_device ON credential (device);"
	/* of a refresh token: how long it may lie unused, 0: as the settings say */
	"ALTER TABLE refresh ADD COLUMN idle_s BIGINT NOT NULL DEFAULT 0"},
    {19, "link",
	/* id: HMAC of issuer and sub */
	"CREATE TABLE link ("
	" id TEXT PRIMARY KEY,"
	" issuer TEXT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" upstream TEXT NOT NULL,"
	" acr TEXT NOT NULL,"
	" how TEXT NOT NULL,"
	" since_s BIGINT NOT NULL);"
	"CREATE INDEX link_of_person ON link (person_id);"
	/* origin: who vouches for somebody that no register of ours has; NULL: ours */
	"ALTER TABLE register ADD COLUMN origin TEXT;"
	/* claims by which another provider may name a person */
	"CREATE TABLE register_attribute ("
	" register_key TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (register_key, name));"
	"CREATE INDEX register_attribute_of ON register_attribute (name, value)"},
    {20, "outbox waiting",
	/* what was settled is shown for a week: there may be many of those */
	"CREATE INDEX outbox_waiting ON outbox (since_s) WHERE state = 'waiting'"},
    {21, "evidence",
	/* what a session was begun with, where that may lose its worth (evidence.h) */
	"CREATE TABLE evidence ("
	" session_id TEXT PRIMARY KEY,"
	" method TEXT NOT NULL,"
	" reference TEXT NOT NULL,"
	" until_s BIGINT NOT NULL);"
	"CREATE INDEX evidence_until ON evidence (until_s)"},
    {22, "device of a grant",
	/* whose credential made the session that the refresh token began in */
	"ALTER TABLE refresh ADD COLUMN device TEXT;"
	"CREATE INDEX refresh_of_device ON refresh (device)"},
    {23, "trusted",
	/* lists of trusted issuers, as they were last fetched */
	"CREATE TABLE trusted ("
	" url TEXT PRIMARY KEY,"
	" jws TEXT NOT NULL,"
	" iat_s BIGINT NOT NULL,"
	" fetched_s BIGINT NOT NULL)"},
    {24, "lineage",
	/* whose credential signed the person in as a wallet was let fetch (lineage.h) */
	"CREATE TABLE lineage ("
	" device TEXT PRIMARY KEY,"
	" parent TEXT NOT NULL,"
	" person_id TEXT NOT NULL,"
	" ended_s BIGINT NOT NULL);"
	"CREATE INDEX lineage_of_parent ON lineage (parent)"},
    {25, "event, webhook endpoint",
	/* numbered per client, each row with the hash of the one before it (event.h) */
	"CREATE TABLE event ("
	" client_id TEXT NOT NULL,"
	" seq BIGINT NOT NULL,"
	" id TEXT NOT NULL UNIQUE,"
	" at_s BIGINT NOT NULL,"
	" type TEXT NOT NULL,"
	" subject_id TEXT NOT NULL,"
	" other_id TEXT,"
	" status TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" previous TEXT NOT NULL,"
	" hash TEXT NOT NULL,"
	" PRIMARY KEY (client_id, seq));"
	"CREATE TABLE event_head ("
	" client_id TEXT PRIMARY KEY,"
	" seq BIGINT NOT NULL,"
	" hash TEXT NOT NULL);"
	/* secret: the number of the one it has; the one before it is good until before_until_s */
	"CREATE TABLE webhook_endpoint ("
	" id TEXT PRIMARY KEY,"
	" client_id TEXT NOT NULL,"
	" url TEXT NOT NULL,"
	" events TEXT NOT NULL,"
	" algorithm TEXT NOT NULL,"
	" secret BIGINT NOT NULL,"
	" before_until_s BIGINT NOT NULL,"
	" disabled_s BIGINT NOT NULL,"
	" reason TEXT,"
	" since_s BIGINT NOT NULL);"
	"CREATE INDEX webhook_endpoint_of ON webhook_endpoint (client_id);"
	/* what the letter is about, beside its person and client: a webhook endpoint */
	"ALTER TABLE outbox ADD COLUMN about TEXT;"
	"CREATE INDEX outbox_about ON outbox (about, id) WHERE about IS NOT NULL"},
    {26, "complaint, guardian",
	/* id: the number that people say; appeal and last_answer come after answer */
	"CREATE TABLE complaint ("
	" id TEXT PRIMARY KEY,"
	" person_id TEXT NOT NULL,"
	" guardian_id TEXT,"
	" kind TEXT NOT NULL CHECK (kind IN ('complaint', 'correction')),"
	" about TEXT NOT NULL,"
	" reference TEXT,"
	" client_id TEXT,"
	" text TEXT NOT NULL,"
	" language TEXT NOT NULL,"
	" since_s BIGINT NOT NULL,"
	" due_s BIGINT NOT NULL,"
	" is_open BIGINT NOT NULL,"
	" answer TEXT,"
	" answered_by TEXT,"
	" answered_s BIGINT NOT NULL,"
	" appeal TEXT,"
	" appealed_s BIGINT NOT NULL,"
	" last_answer TEXT,"
	" last_answered_s BIGINT NOT NULL);"
	"CREATE INDEX complaint_of_person ON complaint (person_id, since_s);"
	"CREATE INDEX complaint_open ON complaint (due_s) WHERE is_open = 1;"
	"CREATE TABLE guardian ("
	" ward_key TEXT NOT NULL,"
	" guardian_key TEXT NOT NULL,"
	" PRIMARY KEY (ward_key, guardian_key));"
	"CREATE INDEX guardian_of ON guardian (guardian_key);"
	/* few rows of the trail: what others than the person did and saw (audit.h) */
	"CREATE INDEX audit_looks ON audit (person_id, seq)"
	" WHERE SUBSTR(actor, 1, 9) IN ('operator:', 'guardian:')"},
    {27, "device of a link",
	/* whose credential proved who the person is, as the link was made (link.h) */
	"ALTER TABLE link ADD COLUMN device TEXT;"
	"CREATE INDEX link_of_device ON link (device)"},
    {28, "consent's states",
	"ALTER TABLE consent ADD COLUMN is_once BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE consent ADD COLUMN data_life_s BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE consent ADD COLUMN paused_s BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE consent ADD COLUMN end_reason TEXT;"
	"UPDATE consent SET end_reason = 'superseded' WHERE ended_s > 0;"
	"ALTER TABLE consent ADD COLUMN request_id TEXT;"
	"ALTER TABLE consent ADD COLUMN artefact TEXT;"
	"ALTER TABLE consent ADD COLUMN receipt TEXT;"
	"CREATE INDEX consent_of_client ON consent (client_id, given_s, id);"
	/* id: SHA-256 of the text, which many consents share: no value of anybody is in it */
	"CREATE TABLE notice ("
	" id TEXT PRIMARY KEY,"
	" text TEXT NOT NULL,"
	" since_s BIGINT NOT NULL)"},
    {29, "policy, probe",
	/* owner: of a purpose its client, of an attribute ''; numbers count each document's
	 * versions */
	"CREATE TABLE policy ("
	" kind TEXT NOT NULL,"
	" owner TEXT NOT NULL,"
	" id TEXT NOT NULL,"
	" number BIGINT NOT NULL,"
	" state TEXT NOT NULL"
	" CHECK (state IN ('proposed', 'approved', 'superseded', 'suspended')),"
	" document TEXT NOT NULL,"
	" proposer TEXT NOT NULL,"
	" approver TEXT,"
	" suspender TEXT,"
	" proposed_s BIGINT NOT NULL,"
	" approved_s BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL,"
	" certificate TEXT,"
	" PRIMARY KEY (kind, owner, id, number));"
	"CREATE UNIQUE INDEX policy_standing ON policy (kind, owner, id)"
	" WHERE state IN ('approved', 'suspended');"
	/* thresholds that clients heard of about a person; client_id: their sector; at_s:
	 * last */
	"CREATE TABLE probe ("
	" person_id TEXT NOT NULL,"
	" client_id TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" threshold TEXT NOT NULL,"
	" at_s BIGINT NOT NULL,"
	" PRIMARY KEY (person_id, client_id, kind, threshold))"},
    {30, "source life",
	/* what a register elsewhere said last of a person's life (sources/http_source_life.c) */
	"CREATE TABLE source_life ("
	" register_key TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" life TEXT NOT NULL,"
	" since_s BIGINT NOT NULL,"
	" PRIMARY KEY (register_key, source))"},
    {31, "evidence of several methods",
	/* of_id: the session or grant; session_id is that and the method, of older rows it alone */
	"ALTER TABLE evidence ADD COLUMN of_id TEXT;"
	"CREATE INDEX evidence_of ON evidence (of_id)"},
    {32, "consent request",
	/* once: hash of the request's Idempotency-Key */
	"CREATE TABLE consent_request ("
	" id TEXT PRIMARY KEY,"
	" client_id TEXT NOT NULL,"
	" once TEXT NOT NULL,"
	" status TEXT NOT NULL CHECK (status IN"
	" ('awaiting_authorisation', 'authorised', 'rejected', 'expired', 'cancelled')),"
	" purpose_id TEXT NOT NULL,"
	" purpose_version TEXT NOT NULL,"
	" person_id TEXT,"
	" asked TEXT NOT NULL,"
	" consent_id TEXT,"
	" created_s BIGINT NOT NULL,"
	" expires_s BIGINT NOT NULL,"
	" decided_s BIGINT NOT NULL,"
	" UNIQUE (client_id, once));"
	"CREATE INDEX consent_request_of_person ON consent_request (person_id, expires_s)"
	" WHERE status = 'awaiting_authorisation';"
	"CREATE INDEX consent_request_waiting ON consent_request (expires_s)"
	" WHERE status = 'awaiting_authorisation';"
	"CREATE INDEX consent_request_created ON consent_request (created_s);"
	/* id: the ledger's; once: as above.  What was released may be sent for again for a day */
	"CREATE TABLE consent_release ("
	" id TEXT PRIMARY KEY,"
	" consent_id TEXT NOT NULL,"
	" once TEXT NOT NULL,"
	" at_s BIGINT NOT NULL,"
	" UNIQUE (consent_id, once));"
	"CREATE INDEX consent_release_at ON consent_release (consent_id, at_s)"},
    {33, "consents by their end",
	"CREATE INDEX consent_until ON consent (until_s) WHERE ended_s = 0 AND withdrawn_s = 0"},
    {34, "when a source told",
	/* since_s: when the word became what it is; told_s: when it was heard last */
	"ALTER TABLE source_life ADD COLUMN told_s BIGINT NOT NULL DEFAULT 0"},
    {35, "event of a subject",
	/* what became of one consent, for its person */
	"CREATE INDEX event_of_subject ON event (subject_id)"},
    {36, "webhooks that fail",
	/* failing_s: the first try in vain since the last that was taken; 0: it was taken */
	"ALTER TABLE webhook_endpoint ADD COLUMN failing_s BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE webhook_endpoint ADD COLUMN failing_why TEXT"},
    {37, "news of services",
	"ALTER TABLE event ADD COLUMN service_id TEXT;"
	"ALTER TABLE event ADD COLUMN reference TEXT;"
	/* what was told already, so that what a service tells twice is told once */
	"CREATE TABLE news ("
	" service_id TEXT NOT NULL,"
	" id TEXT NOT NULL,"
	" at_s BIGINT NOT NULL,"
	" PRIMARY KEY (service_id, id));"
	"CREATE INDEX news_at ON news (service_id, at_s)"},
};

const size_t schema_n_migrations = sizeof(schema_migrations) / sizeof(schema_migrations[0]);
