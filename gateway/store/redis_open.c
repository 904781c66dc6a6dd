/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings, beginning and end of a loop's Redis.
 */
#include "core/log.h"
#include "core/metrics.h"
#include "core/settings.h"
#include "core/str.h"
#include "store/redis_link.h"

#include <stdatomic.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool place_read(const char *address, struct redis_place *place);
/* Connections of this process that cannot serve now. */
static atomic_int n_unready;

static bool host_read(const char *text, struct redis_place *place);
static bool host_resolve(const char *host, struct redis_place *place);
static bool password_read(const char *path, char **ret_password);
static void metrics_open(struct redis *redis);

struct redis *
redis_new(struct loop *loop, const struct settings *settings)
{
	struct redis *redis = calloc(1, sizeof(*redis));

	if (redis == NULL)
		return NULL;
	atomic_fetch_add(&n_unready, 1);
	redis->loop = loop;
	redis->database = settings->redis_database;
	redis->timeout_ms = settings->redis_timeout * 1000;
	redis->prefix = strdup(settings->redis_prefix);
	redis->prefix_len = strlen(settings->redis_prefix);
	if (redis->prefix == NULL || redis->prefix_len > REDIS_MAX_PREFIX ||
	    !place_read(settings->redis_address, &redis->place) ||
	    !password_read(settings->redis_password_file, &redis->password)) {
		redis_free(redis);
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN); /* hiredis writes with write(2) */
	metrics_open(redis);
	redis_link_is_good(redis);
	redis_link_open(redis);
	return redis;
}

static void
metrics_open(struct redis *redis)
{
	redis->n_commands = metric_counter("dvara_redis_commands_total", "Commands sent", NULL);
	redis->n_away = metric_counter(
	    "dvara_redis_away_total", "Commands that failed because Redis was away", NULL);
	redis->n_connections =
	    metric_counter("dvara_redis_connections_total", "Connections that became ready", NULL);
}

static bool
place_read(const char *address, struct redis_place *place)
{
	if (str_starts(address, "tcp:"))
		return host_read(address + strlen("tcp:"), place);
	if (!str_starts(address, "unix:")) {
		log_line(LOG_ERR, "redis_settings",
		    "redis.address is neither unix:PATH nor tcp:HOST:PORT");
		return false;
	}
	place->is_unix = true;
	place->host = strdup(address + strlen("unix:"));
	if (place->host == NULL)
		return false;
	if (strlen(place->host) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return true;
	log_line(LOG_ERR, "redis_settings", "redis.address is too long for a socket");
	return false;
}

/* HOST:PORT, [HOST]:PORT */
static bool
host_read(const char *text, struct redis_place *place)
{
	const char *colon = strrchr(text, ':');
	int64_t port;
	char host[256];
	size_t len;

	if (colon == NULL || !str_to_i64(colon + 1, 1, 65535, &port) ||
	    (size_t)(colon - text) >= sizeof(host)) {
		log_line(LOG_ERR, "redis_settings", "redis.address has no port");
		return false;
	}
	place->port = (int)port;
	len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	return host_resolve(host, place);
}

/* Names are resolved here, before the loops run: hiredis would do it on the loop. */
static bool
host_resolve(const char *host, struct redis_place *place)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
	char numeric[NI_MAXHOST];
	int r = getaddrinfo(host, NULL, &hints, &found);

	if (r == 0) {
		r = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL,
		    0, NI_NUMERICHOST);
		freeaddrinfo(found);
	}
	if (r != 0) {
		log_line(LOG_ERR, "redis_settings", "host of redis.address: %s", gai_strerror(r));
		return false;
	}
	place->host = strdup(numeric);
	return place->host != NULL;
}

static bool
password_read(const char *path, char **ret_password)
{
	char line[512];
	FILE *file;

	if (path == NULL)
		return true;
	file = fopen(path, "re");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL) {
		log_line(LOG_ERR, "redis_settings", "redis.password_file: %s",
		    file == NULL ? strerror(errno) : "is empty");
		if (file != NULL)
			fclose(file);
		return false;
	}
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	*ret_password = strdup(line);
	explicit_bzero(line, sizeof(line));
	return *ret_password != NULL;
}

void
redis_free(struct redis *redis)
{
	if (redis == NULL)
		return;
	redis_link_close(redis);
	redis_ready_tell(redis);
	if (!redis->is_told_ready)
		atomic_fetch_sub(&n_unready, 1);
	if (redis->password != NULL)
		explicit_bzero(redis->password, strlen(redis->password));
	free(redis->password);
	free(redis->place.host);
	free(redis->prefix);
	free(redis->epoch_id);
	free(redis);
}

bool
redis_is_ready(const struct redis *redis)
{
	return redis->state == REDIS_READY && !redis->is_refusing;
}

void
redis_ready_tell(struct redis *redis)
{
	bool is_ready = redis_is_ready(redis);

	if (is_ready == redis->is_told_ready)
		return;
	redis->is_told_ready = is_ready;
	atomic_fetch_add(&n_unready, is_ready ? -1 : 1);
}

bool
redis_are_all_ready(void)
{
	return atomic_load(&n_unready) == 0;
}
