/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway's settings: read from dvara.conf (INI), each checked against one table.
 *
 * The table below is all there is: parser, `dvara check`, conf/dvara.conf (every setting at its
 * default, with its unit) and the manual follow from it.  An unknown key is an error with its line
 * and the nearest known name.  Durations and sizes need their unit (30s 15m 12h 365d; 64KB 1MB).  A
 * secret is only ever named by the path of its file.  Relative paths are relative to the folder of
 * the file they stand in (in the environment: to the working folder), those of the types STATE_* to
 * the state folder.  The environment overrides: DVARA_SECTION_KEY=value.
 *
 * A settings object never changes once read: a reload makes a new one and hands it to the loops,
 * tasks under way keep the old (settings_hold, settings_drop; any thread).
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(section, key, type, default, help).  Types: TEXT URL FILE FOLDER STATE_FILE STATE_FOLDER
 * PROGRAM DATABASE LISTEN SECONDS BYTES COUNT BOOL WORDS.  Default NULL: may be left out (NULL, 0;
 * no words); "!": must be set. */
#define SETTINGS_TABLE(X) \
	X(gateway, issuer, URL, "!", "base URL of the gateway; the issuer of every token") \
	X(gateway, listen, LISTEN, "127.0.0.1:8080", "address and port of the public listener") \
	X(gateway, management, LISTEN, "127.0.0.1:9000", "health and metrics; loopback only") \
	X(gateway, loops, COUNT, "0", "event loops; 0: one per core") \
	X(gateway, state, FOLDER, "/var/lib/dvara", "where the gateway keeps what is its own") \
	X(gateway, name, TEXT, "Dvara", "name of the service on every page") \
	X(gateway, help_url, URL, NULL, "where a person finds help; on every page") \
	X(gateway, language, TEXT, "en", "language when nothing else says one: km lo en fr ar") \
	X(gateway, country, TEXT, NULL, \
	    "country whose law consents are under where their purpose names none; in receipts; " \
	    "ISO 3166-1 alpha-2") \
	X(gateway, demo, BOOL, "no", "personas and the test login; refused off loopback") \
	X(gateway, trusted_proxies, WORDS, NULL, \
	    "addresses or networks whose Forwarded is believed") \
	X(gateway, proxy_certificates, BOOL, "no", \
	    "trusted proxies set Client-Cert (RFC 9440), and drop what callers send as such") \
	X(gateway, mtls_listen, LISTEN, NULL, \
	    "a listener that asks for client certificates; needs [tls]; taken at a start alone") \
	X(gateway, mtls_url, URL, NULL, \
	    "base URL of the endpoints that take client certificates, where it is not the issuer") \
	X(gateway, connections, COUNT, "8192", "open connections, all loops together") \
	X(gateway, connections_per_address, COUNT, "256", "open connections of one caller") \
	X(gateway, log_level, TEXT, "info", "error warning notice info debug") \
	X(tls, certificate_file, FILE, NULL, "PEM chain; TLS by the gateway itself") \
	X(tls, key_file, FILE, NULL, "PEM key of the first certificate") \
	X(tls, client_anchors_file, FILE, NULL, \
	    "PEM authorities whose certificates clients may prove themselves with") \
	X(redis, address, TEXT, "unix:/run/redis/redis.sock", "unix:PATH or tcp:HOST:PORT") \
	X(redis, password_file, FILE, NULL, "one line") \
	X(redis, database, COUNT, "0", "number of the Redis database") \
	X(redis, prefix, TEXT, "dv:", "before every key") \
	X(redis, timeout, SECONDS, "2s", "for one command") \
	X(sql, database, DATABASE, "sqlite:dvara.db", "what must last") \
	X(keys, folder, STATE_FOLDER, "keys", "private keys, one file per kid") \
	X(keys, pairwise_file, STATE_FILE, "pairwise.key", \
	    "32 random bytes that make pairwise subjects and the secrets of webhooks; made at " \
	    "the " \
	    "first start") \
	X(keys, rotate, SECONDS, "90d", \
	    "how long a key signs before the next one does; 0s: until `dvara key rotate`") \
	X(keys, stage, SECONDS, "24h", "and how long that one is published before; 6m at least") \
	X(session, idle, SECONDS, "15m", "a session ends after this long without a request") \
	X(session, absolute, SECONDS, "12h", "and after this long in any case") \
	X(tokens, code, SECONDS, "60s", "life of an authorization code") \
	X(tokens, access, SECONDS, "5m", "life of an access token, at most 1h") \
	X(tokens, id, SECONDS, "5m", "life of an ID token") \
	X(tokens, refresh, SECONDS, "30d", "life of a refresh token and of those that follow it") \
	X(tokens, refresh_idle, SECONDS, "14d", "a refresh token ends after this long unused") \
	X(tokens, exchange, BOOL, "no", "services may exchange tokens for other services") \
	X(tokens, dpop_nonce, BOOL, "no", "DPoP proofs must hold a nonce of ours (RFC 9449)") \
	X(par, life, SECONDS, "60s", "life of the request_uri of a pushed request") \
	X(par, per_minute, COUNT, "60000", "requests of one client in a minute; 0: any number") \
	X(device, life, SECONDS, "10m", "life of a device code and its user code") \
	X(device, interval, SECONDS, "5s", "a device asks no more often than this") \
	X(device, wrong_codes, COUNT, "10", \
	    "wrong user codes of one browser or caller in 10 minutes before 429") \
	X(device, wrong_codes_all, COUNT, "150", \
	    "and of all who are not signed in, together, in 10 seconds") \
	X(device, per_minute, COUNT, "6000", \
	    "requests of one client in a minute, of a public one by address a tenth; 0: any") \
	X(ciba, life, SECONDS, "5m", "life of an auth_req_id where the client asks for no other") \
	X(ciba, life_max, SECONDS, "1h", "and the longest that it may ask for") \
	X(ciba, interval, SECONDS, "5s", "a client polls no more often than this") \
	X(ciba, waiting, COUNT, "3", \
	    "requests of one client that may wait for one person; of all clients five times") \
	X(login, transaction, SECONDS, "15m", "from /authorize to the code, at most") \
	X(login, per_minute, COUNT, "6000", \
	    "logins and consents that one address begins in a minute; 0: any number") \
	X(login, methods, WORDS, "wallet", \
	    "ways in, in the chooser's order: wallet card upstream") \
	X(login, counter, TEXT, NULL, \
	    "where people without a smartphone go: place, hours, telephone") \
	X(login, counter_url, URL, NULL, "page with the counters near them") \
	X(card, folder, FOLDER, NULL, \
	    "one JSON file per authority whose identity cards are taken") \
	X(card, challenge, SECONDS, "300s", "life of what a card is asked to sign") \
	X(card, standing, SECONDS, "5m", \
	    "how long a card's standing is believed where tokens of its login are refreshed") \
	X(card, per_minute, COUNT, "6000", \
	    "challenges and answers of one address in a minute, of one browser a hundredth; 0: " \
	    "any") \
	X(card, software_url, URL, "https://web-eid.eu", \
	    "where people find software for the card") \
	X(wallet, certificate_file, FILE, NULL, "PEM chain of the verifier, without its anchor") \
	X(wallet, key_file, FILE, NULL, "PEM key of that certificate (P-256)") \
	X(wallet, anchors_file, FILE, NULL, "PEM anchors of the issuers of credentials") \
	X(wallet, scheme, TEXT, "openid4vp", "of the link: openid4vp or haip-vp") \
	X(wallet, universal_link, URL, NULL, \
	    "https address that opens the wallet app too; offered beside the scheme") \
	X(wallet, vct, TEXT, "urn:dvara:pid:1", "type of the credential that a login asks for") \
	X(wallet, subject_claim, TEXT, "personal_number", \
	    "claim that names the person, with its issuer") \
	X(wallet, acr, TEXT, "urn:dvara:loa:high", "level that a wallet login reaches") \
	X(wallet, handle, SECONDS, "120s", "life of a link or QR") \
	X(wallet, transaction, SECONDS, "300s", "life of a request object") \
	X(wallet, status_stale, SECONDS, "0s", \
	    "how long a status list out of reach is still believed") \
	X(wallet, renew, SECONDS, "5s", "how often a page with script renews its QR; 0s: never") \
	X(wallet, web_origins, WORDS, NULL, \
	    "origins of wallets that are web pages: they may call what wallets call") \
	X(wallet, cross_device, BOOL, "yes", "offer the QR beside the same-device link") \
	X(wallet, same_device_scopes, WORDS, NULL, \
	    "scopes whose login offers no QR: what a relayed code would be worth most for") \
	X(upstream, folder, FOLDER, NULL, \
	    "one JSON file per other identity provider that people may sign in by") \
	X(sources, folder, FOLDER, NULL, \
	    "one JSON file per register elsewhere that is asked for attributes") \
	X(sources, life, SECONDS, "1h", \
	    "how long their word that a person lives is believed where tokens are refreshed") \
	X(issue, certificate_file, FILE, NULL, \
	    "PEM chain of the credential issuer, without its anchor") \
	X(issue, key_file, FILE, NULL, "PEM key of that certificate (P-256)") \
	X(issue, types_folder, FOLDER, NULL, \
	    "kinds of credentials, one JSON file each; without: the identity that a login asks " \
	    "for") \
	X(issue, life, SECONDS, "365d", "life of a credential, where its kind says nothing") \
	X(issue, offer, SECONDS, "300s", "life of a credential offer") \
	X(issue, renew, SECONDS, "365d", \
	    "how long a wallet may renew its credentials without a new sign-in") \
	X(consent, life, SECONDS, "365d", "how long a consent is remembered; never for ever") \
	X(consent, operators, WORDS, NULL, \
	    "who may propose, approve and suspend purposes and attributes: Unix users, key:KID; " \
	    "none: everybody who may run dvara") \
	X(consent, registered_only, BOOL, "no", \
	    "only purposes that two operators registered count; a client or service without one " \
	    "learns who signs in (sub), no more") \
	X(consent, request_life, SECONDS, "24h", \
	    "how long a request of the consent API waits for its person") \
	X(consent, requests_per_minute, COUNT, "600", \
	    "consent requests of one client within a minute; 0: any number") \
	X(consent, waits_per_client, COUNT, "64", \
	    "requests of one client that wait at a time (Prefer: wait), on each loop; 0: any " \
	    "number") \
	X(account, majority, COUNT, "18", "age from which nobody has a guardian any more") \
	X(account, answer, SECONDS, "30d", "a complaint is to be answered within this time") \
	X(account, appeal, SECONDS, "30d", "how long an answer may be appealed against") \
	X(account, complaints_per_day, COUNT, "10", "of one person; 0: any number") \
	X(account, notice_url, URL, NULL, \
	    "where notices for people are posted, to be sent on by e-mail or SMS") \
	X(registration, enabled, BOOL, "no", "clients may register themselves at /register") \
	X(registration, invite, SECONDS, "7d", "life of what `dvara client invite` makes") \
	X(registration, per_hour, COUNT, "60", \
	    "tries to register or to change it, of one caller or client, within an hour") \
	X(registration, require_pkce, BOOL, "yes", "of every client that registers itself") \
	X(registration, secret_grace, SECONDS, "24h", \
	    "how long the secret before one of `dvara client rotate-secret` is still taken") \
	X(registration, statement_issuer, TEXT, NULL, \
	    "iss of the software statements that are believed") \
	X(registration, statement_keys_file, FILE, NULL, "JWK Set of who signs them") \
	X(services, folder, FOLDER, NULL, \
	    "one folder per service plugin: manifest.json and NAME.so") \
	X(services, trust, FILE, NULL, "JWK Set of who signs manifests (`dvara service sign`)") \
	X(services, allow_unsigned, BOOL, "no", \
	    "services without a signature start too; for development") \
	X(services, host, PROGRAM, "dvara-service", "program that runs one plugin") \
	X(services, enabled, WORDS, NULL, "ids of the services to start") \
	X(services, deadline, SECONDS, "5s", "for one call to a service") \
	X(services, pause, SECONDS, "30s", \
	    "of a service that ended five times within a minute; doubled while it goes on") \
	X(services, news_per_minute, COUNT, "600", \
	    "what one service may tell of people within a minute; 0: any number") \
	X(services, first_uid, COUNT, "60706", \
	    "where the gateway is root: each service runs as a user of its own, of 400 from " \
	    "here; 0: as root without its powers") \
	X(webhooks, secret_grace, SECONDS, "24h", \
	    "how long webhooks are also signed with the secret before a rotation") \
	X(outbound, allow, WORDS, NULL, \
	    "private addresses or networks that outbound calls may reach") \
	X(outbound, ca_file, FILE, NULL, "PEM authorities for outbound TLS; else the system's") \
	X(limits, login_failures, COUNT, "10", "wrong client secrets of one caller before 429") \
	X(limits, lockout, SECONDS, "60s", "and for how long")

typedef const char *setting_text;
typedef const char *setting_url;          /* absolute, no fragment, no trailing slash */
typedef const char *setting_file;         /* absolute path */
typedef const char *setting_folder;       /* absolute path */
typedef const char *setting_state_file;   /* absolute path */
typedef const char *setting_state_folder; /* absolute path */
typedef const char *setting_program;      /* absolute path */
typedef const char *setting_database;     /* sqlite:PATH, the path absolute */
typedef const char *setting_listen;       /* host:port, an IPv6 host in brackets */
typedef const char *const *setting_words; /* NULL-ended; never NULL itself */
typedef int64_t setting_seconds;
typedef int64_t setting_bytes;
typedef int64_t setting_count;
typedef bool setting_bool;

#define SETTINGS_ACCESS_MAX_S 3600 /* [tokens] access: revocations are kept for as long */

/* settings->gateway_issuer, settings->session_idle, … */
struct settings {
#define SETTING_TEXT                                      setting_text
#define SETTING_URL                                       setting_url
#define SETTING_FILE                                      setting_file
#define SETTING_FOLDER                                    setting_folder
#define SETTING_STATE_FILE                                setting_state_file
#define SETTING_STATE_FOLDER                              setting_state_folder
#define SETTING_PROGRAM                                   setting_program
#define SETTING_DATABASE                                  setting_database
#define SETTING_LISTEN                                    setting_listen
#define SETTING_WORDS                                     setting_words
#define SETTING_SECONDS                                   setting_seconds
#define SETTING_BYTES                                     setting_bytes
#define SETTING_COUNT                                     setting_count
#define SETTING_BOOL                                      setting_bool
#define SETTING_MEMBER_(section, key, type, preset, help) SETTING_##type section##_##key;
	SETTINGS_TABLE(SETTING_MEMBER_)
#undef SETTING_MEMBER_
	const char *path;      /* of the file, absolute */
	bool is_https;         /* of the issuer: cookies are __Host- and Secure */
	const char *host;      /* of the issuer, with a port where it has one */
	const char *mtls_host; /* likewise of gateway_mtls_url, or NULL */
};

struct settings_error {
	int line; /* 0: of the file as a whole, of the environment, or across settings */
	char text[256];
};
/* "PATH:LINE: text", or "PATH: text". */
void settings_error_say(
    const struct settings_error *error, const char *path, char *text, size_t text_bytes);

/* Reads and checks; NULL fills ret_error.  The caller holds the result once. */
struct settings *settings_read(const char *path, struct settings_error *ret_error);
struct settings *settings_hold(const struct settings *settings);
void settings_drop(const struct settings *settings);

/* Makes the state folder and the folder of the keys where they are missing.  False: ret_why. */
bool settings_make_folders(const struct settings *settings, char ret_why[256]);

/* Every setting at its default with unit and help: what conf/dvara.conf is held against. */
void settings_print_defaults(void (*put)(const char *line, void *arg), void *arg);

#endif
