/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara: the gateway and its administration.
 *
 *   dvara serve [--config FILE]         the gateway
 *   dvara check [--config FILE]         its configuration, looked over
 *   dvara NOUN VERB …                   administration (admin/admin.c)
 *
 * This file is the table of contents of `serve`: configuration, stores, loops, signals, drain.
 */
#include "admin/admin.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/offload.h"
#include "core/settings.h"
#include "records/pairwise.h"
#include "records/schema.h"
#include "serve.h"
#include "store/sql.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LOOPS       64
#define DRAIN_GRACE_MS  15000
#define OFFLOAD_THREADS 2

struct gateway {
	const char *config;
	const struct settings *settings;
	struct sql *sql;
	struct serve *loops[MAX_LOOPS];
	unsigned n_loops;
};

static int serve_usage(bool wants_help);
static int serve(const char *config);
static bool settings_open(struct gateway *gateway);
static bool stores_open(struct gateway *gateway);
static bool loops_serve(struct gateway *gateway);
static bool loops_start(struct gateway *gateway);
static void signals_obey(struct gateway *gateway);
static bool reload(struct gateway *gateway);
static void drain(struct gateway *gateway);

int
main(int argc, char **argv)
{
	const char *config = NULL;

	json_setup();
	if (argc >= 2 && strcmp(argv[1], "serve") == 0) {
		if (argc == 4 && strcmp(argv[2], "--config") == 0)
			config = argv[3];
		else if (argc != 2)
			return serve_usage(argc == 3 && strcmp(argv[2], "--help") == 0);
		return serve(config ? config : admin_default_config());
	}
	return admin_main(argc - 1, argv + 1);
}

static int
serve_usage(bool wants_help)
{
	fputs("usage: dvara serve [--config FILE]\n", wants_help ? stdout : stderr);
	return wants_help ? ADMIN_OK : ADMIN_USAGE;
}

/* Nothing of the memory of a gateway may end in a core file, nor be read by another process of the
 * same user. */
static void
harden(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	prctl(PR_SET_DUMPABLE, 0);
	umask(0077);
	signal(SIGPIPE, SIG_IGN);
}

static int
serve(const char *config)
{
	struct gateway gateway = {.config = config};
	bool has_served = false;
	sigset_t signals;

	harden();
	/* Before any thread: signals are taken by signals_obey() alone. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);

	log_open(LOG_INFO, "dvara");
	if (settings_open(&gateway) && stores_open(&gateway))
		has_served = loops_serve(&gateway);
	sql_close(gateway.sql);
	settings_drop(gateway.settings);
	return has_served ? 0 : 1;
}

/* From the first loop to the last; false: one of them did not start. */
static bool
loops_serve(struct gateway *gateway)
{
	bool have_started;

	offload_open(OFFLOAD_THREADS);
	have_started = loops_start(gateway);
	if (have_started) {
		log_line(LOG_NOTICE, "started", "%s on %s, %u loops",
		    gateway->settings->gateway_issuer, gateway->settings->gateway_listen,
		    gateway->n_loops);
		signals_obey(gateway);
	}
	drain(gateway);
	offload_close();
	return have_started;
}

static bool __attribute__((format(printf, 2, 3))) refuse(const char *event, const char *format, ...)
{
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	log_line(LOG_ERR, event, "%s", why);
	return false;
}

static int
level_of(const char *name)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"error", LOG_ERR}, {"warning", LOG_WARNING}, {"notice", LOG_NOTICE},
	    {"info", LOG_INFO}, {"debug", LOG_DEBUG}};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(name, levels[i].name) == 0)
			return levels[i].level;
	return LOG_INFO;
}

static const struct settings *
settings_checked(const char *config)
{
	struct settings_error error;
	const struct settings *settings = settings_read(config, &error);
	char why[512];

	if (!settings) {
		settings_error_say(&error, config, why, sizeof(why));
		log_line(LOG_ERR, "configuration", "%s", why);
	}
	return settings;
}

static bool
settings_open(struct gateway *gateway)
{
	gateway->settings = settings_checked(gateway->config);
	if (!gateway->settings)
		return false;
	log_level_set(level_of(gateway->settings->gateway_log_level));
	return true;
}

/* A new database is brought up to date here; an older one only by `dvara db migrate`, so that an
 * operator chooses the moment. */
static bool
stores_open(struct gateway *gateway)
{
	int from = 0, newest = (int)schema_n_migrations;
	char why[256];

	if (!settings_make_folders(gateway->settings, why))
		return refuse("state", "%s", why);
	gateway->sql = sql_open(gateway->settings, why);
	if (!gateway->sql)
		return refuse("sql", "%s", why);
	if (sql_version(gateway->sql) == 0 &&
	    sql_migrate(gateway->sql, schema_migrations, schema_n_migrations, &from, why) < 0)
		return refuse("sql", "%s", why);
	if (sql_version(gateway->sql) != newest)
		return refuse("sql",
		    "the database is at version %d, this program needs %d: dvara db migrate",
		    sql_version(gateway->sql), newest);
	if (!pairwise_open(gateway->settings->keys_pairwise_file, gateway->sql, why))
		return refuse("keys", "%s", why);
	return true;
}

static bool
loops_start(struct gateway *gateway)
{
	int64_t wanted = gateway->settings->gateway_loops;
	struct serve_shared shared = {gateway->settings, gateway->sql, NULL};
	char why[256];

	if (wanted == 0)
		wanted = sysconf(_SC_NPROCESSORS_ONLN);
	for (int64_t i = 0; i < wanted && i < MAX_LOOPS; i++) {
		struct serve *loop = serve_start(&shared, i == 0, why);

		if (!loop)
			return refuse("start", "%s", why);
		gateway->loops[gateway->n_loops++] = loop;
		shared.services = serve_services(gateway->loops[0]);
	}
	return true;
}

static void
signals_obey(struct gateway *gateway)
{
	sigset_t signals;
	int which;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	while (sigwait(&signals, &which) == 0 && which == SIGHUP)
		metric_add(metric_counter("dvara_reloads_total", "reloads of the configuration",
			       reload(gateway) ? "result=\"taken\"" : "result=\"refused\""),
		    1);
	log_line(LOG_NOTICE, "stopping", "answering what is under way");
}

/* Each loop takes the new rooms only when they are whole: a bad configuration never replaces a good
 * one.  The first loop tries everything there is to try, so the others do not differ. */
static bool
reload(struct gateway *gateway)
{
	const struct settings *settings = settings_checked(gateway->config);
	char why[256];

	if (!settings)
		return refuse("reload", "the old configuration stays");
	for (unsigned i = 0; i < gateway->n_loops; i++) {
		if (!serve_reload(gateway->loops[i], settings, why)) {
			settings_drop(settings);
			if (i == 0)
				return refuse("reload", "%s; the old configuration stays", why);
			return refuse("reload",
			    "%s; only %u of %u loops have the new configuration", why, i,
			    gateway->n_loops);
		}
	}
	settings_drop(gateway->settings);
	gateway->settings = settings;
	log_level_set(level_of(settings->gateway_log_level));
	log_line(LOG_NOTICE, "reload", "the new configuration is in force");
	return true;
}

static void
drain(struct gateway *gateway)
{
	for (unsigned i = 0; i < gateway->n_loops; i++)
		serve_drain(gateway->loops[i], DRAIN_GRACE_MS);
	/* The first one last: it has the services that the others call. */
	for (unsigned i = gateway->n_loops; i > 0; i--)
		serve_end(gateway->loops[i - 1]);
}
