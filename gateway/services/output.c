/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service says on its standard output and error, line by line into our log, in its name.
 *
 * Its end is a pipe: with ours it could empty the file behind it, write there in our name, or fill
 * it.  dvara-service speaks as our own log does (core/log.h), and keeps its level and its event; of
 * anything else a line is a message.
 */
#include "services/service.h"

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LINES_PER_S 200
#define SECOND_MS   1000
#define LAST_PIECES 16 /* of a pipe of 64 KiB */

static void on_output_lines(void *arg, uint32_t events);
static void octet_take(struct service *service, char octet);
static void line_end(struct service *service);
static bool is_left_out(struct service *service);
static void line_log(const struct service *service, const char *line);

int
service_output_open(struct service *service)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	service->output_fd = ends[0];
	service->n_line_octets = 0;
	service->output = loop_watch(service->loop, ends[0], EPOLLIN, on_output_lines, service);
	return ends[1];
}

void
service_output_close(struct service *service)
{
	if (service->output_fd < 0)
		return;
	for (int i = 0; i < LAST_PIECES; i++)
		on_output_lines(service, 0);
	line_end(service);
	loop_watch_end(service->output);
	close(service->output_fd);
	service->output_fd = -1;
}

/* One piece a turn of the loop: who never stops speaking keeps nobody waiting. */
static void
on_output_lines(void *arg, uint32_t events)
{
	struct service *service = arg;
	char octets[4096];
	ssize_t n = read(service->output_fd, octets, sizeof(octets));

	for (ssize_t i = 0; i < n; i++)
		octet_take(service, octets[i]);
	/* Nobody holds its end any more; the end of the process is seen elsewhere. */
	if (n == 0 && events)
		loop_watch_change(service->output, 0);
}

static void
octet_take(struct service *service, char octet)
{
	if (octet == '\n') {
		line_end(service);
		return;
	}
	if (service->n_line_octets < sizeof(service->output_line) - 1)
		service->output_line[service->n_line_octets++] = octet == '\0' ? ' ' : octet;
}

static void
line_end(struct service *service)
{
	if (service->n_line_octets == 0)
		return;
	service->output_line[service->n_line_octets] = '\0';
	service->n_line_octets = 0;
	if (!is_left_out(service))
		line_log(service, service->output_line);
}

static bool
is_left_out(struct service *service)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - service->output_since_ms >= SECOND_MS) {
		service->output_since_ms = now_ms;
		service->n_output_lines = 0;
	}
	if (service->n_output_lines++ == LINES_PER_S)
		log_line(LOG_WARNING, "service", "%s says more than %d lines in a second: left out",
		    service->id, LINES_PER_S);
	return service->n_output_lines > LINES_PER_S;
}

static int
level_of(const char *name)
{
	static const char *const names[] = {
	    [LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info"};

	for (int level = LOG_ERR; level <= LOG_INFO; level++)
		if (str_equal(names[level], name))
			return level;
	return LOG_NOTICE;
}

static void
line_log(const struct service *service, const char *line)
{
	json_auto_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *msg = json_get_text(json, "msg");

	log_event(NULL, level_of(json_get_text(json, "level")), "service", msg ? msg : line,
	    "service", service->id, "said", msg ? json_get_text(json, "event") : NULL, NULL);
}
