/* SPDX-License-Identifier: Apache-2.0
 *
 * The child process of a service: started, watched by its pidfd, started again when it ends.
 *
 * Back off from 100 ms, doubled each time.  One that ends five times within a minute would only
 * burn the machine: it is paused, with an error in the log and dvara_service_paused at 1, and then
 * tried once; ends it again within a minute, the next pause is twice as long.
 */
#include "services/service.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_MS        100
#define CRASH_WINDOW_MS 60000
#define STARTING_MS     30000
#define STOP_MS         2000
#define WORDS_MAX       24
#define QUOTED(number)  QUOTED_(number)
#define QUOTED_(number) #number
#define PAUSES_MAX      5 /* doublings: of 30 s, 16 minutes */

/* The child's, of what it is started with; -1: could not be made. */
struct ends {
	int lifeline, lines, output;
};

static void unwatched_end(const struct service *service);
static void ends_open(struct service *service, struct ends *ends);
static void ends_close(const struct ends *ends);
static pid_t spawned(const struct service *service, const struct ends *ends);
static void forget(struct service *service);
static const char *test_clock(void);
static void words_fill(
    const struct service *service, const char *uid, const char *words[WORDS_MAX]);
static void lifeline_cut(struct service *service);
static void ended(void *arg, uint32_t events);
static void group_kill(const struct service *service);
static void crash_count(struct service *service);
static bool is_hopeless(const struct service *service);
static void pause_begin(struct service *service);
static void paused_set(struct service *service, bool is_paused);

static void
start_again(void *arg)
{
	service_start(arg);
}

void
service_start(struct service *service)
{
	struct ends ends;

	service->n_starts++;
	service->started_ms = clock_mono_ms();
	service->pid = 0;
	ends_open(service, &ends);
	if (service_socket_open(service) && ends.lifeline >= 0 && ends.lines >= 0 &&
	    ends.output >= 0)
		service->pid = spawned(service, &ends);
	ends_close(&ends);
	if (service->pid > 0)
		service->pidfd = (int)syscall(SYS_pidfd_open, service->pid, 0);
	if (service->pid <= 0 || service->pidfd < 0) {
		log_line(
		    LOG_ERR, "service", "%s: %s: %s", service->id, service->host, strerror(errno));
		unwatched_end(service);
		forget(service);
		crash_count(service);
		return;
	}
	service->watch = loop_watch(service->loop, service->pidfd, EPOLLIN, ended, service);
	paused_set(service, false);
}

/* Nobody would see it end, and it would take calls beside its successor. */
static void
unwatched_end(const struct service *service)
{
	group_kill(service);
	if (service->pid > 0)
		waitpid(service->pid, NULL, 0);
}

static void
ends_open(struct service *service, struct ends *ends)
{
	int lifeline[2] = {-1, -1};

	if (pipe2(lifeline, O_CLOEXEC) == 0)
		service->lifeline = lifeline[1];
	*ends =
	    (struct ends){lifeline[0], service_lines_open(service), service_output_open(service)};
}

static void
ends_close(const struct ends *ends)
{
	const int fds[] = {ends->lifeline, ends->lines, ends->output};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static pid_t
spawned(const struct service *service, const struct ends *ends)
{
	const char *words[WORDS_MAX];
	char uid[24];
	const char *const environment[] = {
	    "PATH=/usr/bin:/bin", "DVARA_SUPERVISED=1", "DVARA_LINES=1", test_clock(), NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	pid_t pid;
	int r;

	snprintf(uid, sizeof(uid), "%lld", (long long)service->uid);
	words_fill(service, uid, words);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addfchdir_np(&files, service->folder_fd);
	posix_spawn_file_actions_adddup2(&files, ends->lifeline, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, ends->output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, ends->output, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(&files, ends->lines, SERVICE_LINES_FD);
	posix_spawn_file_actions_adddup2(&files, service->listen_fd, SERVICE_LISTEN_FD);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	/* posix_spawn() does not write to them; its prototype is older than const. */
	r = posix_spawn(&pid, service->host, &files, &how, (char *const *)(uintptr_t)words,
	    (char *const *)(uintptr_t)environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	if (r == 0)
		return pid;
	errno = r;
	return -1;
}

/* As clock.c has it, where tests may move the clock at all; else NULL, which ends the list. */
static const char *
test_clock(void)
{
#ifdef DVARA_TESTING
	static char text[4096];
	const char *path = getenv("DVARA_TEST_CLOCK");

	if (path && snprintf(text, sizeof(text), "DVARA_TEST_CLOCK=%s", path) < (int)sizeof(text))
		return text;
#endif
	return NULL;
}

static void
words_fill(const struct service *service, const char *uid, const char *words[WORDS_MAX])
{
	const char *const always[] = {service->host, service->is_program ? "--program" : "--plugin",
	    service->file, "--listen-fd", QUOTED(SERVICE_LISTEN_FD), "--gateway", service->gateway,
	    "--client", service->client_file, "--state", service->id};
	size_t n = sizeof(always) / sizeof(always[0]);

	memcpy(words, always, sizeof(always));
	if (service->ca_file) {
		words[n++] = "--ca-file";
		words[n++] = service->ca_file;
	}
	if (service->trust) {
		words[n++] = "--trust";
		words[n++] = service->trust;
	}
	if (service->allows_unsigned)
		words[n++] = "--allow-unsigned";
	if (service->uid >= 0) {
		words[n++] = "--uid";
		words[n++] = uid;
	}
	words[n] = NULL;
}

/* Its other end is the child's standard input: the kernel closes ours where this process is killed.
 */
static void
lifeline_cut(struct service *service)
{
	if (service->lifeline >= 0)
		close(service->lifeline);
	service->lifeline = -1;
}

static void
forget(struct service *service)
{
	lifeline_cut(service);
	service_lines_close(service);
	service_output_close(service);
	loop_watch_end(service->watch);
	service->watch = NULL;
	if (service->pidfd >= 0)
		close(service->pidfd);
	service->pidfd = -1;
	service->pid = 0;
}

/* What it started ends with it, and leaves its group by no call that it may make.  Before its end
 * is taken note of: until then nobody else has its number. */
static void
group_kill(const struct service *service)
{
	if (service->pid > 0)
		kill(-service->pid, SIGKILL);
}

static void
ended(void *arg, uint32_t events)
{
	struct service *service = arg;
	int status = 0;

	(void)events;
	group_kill(service);
	if (waitpid(service->pid, &status, WNOHANG) != service->pid)
		return;
	forget(service);
	if (service->is_stopping)
		return;
	if (WIFSIGNALED(status))
		log_line(
		    LOG_WARNING, "service", "%s ended by signal %d", service->id, WTERMSIG(status));
	else
		log_line(LOG_WARNING, "service", "%s ended with code %d", service->id,
		    WEXITSTATUS(status));
	crash_count(service);
}

static void
crash_count(struct service *service)
{
	const unsigned n = sizeof(service->crashes_ms) / sizeof(service->crashes_ms[0]);
	int64_t now_ms = clock_mono_ms();
	unsigned n_earlier = 0;

	metric_add(
	    metric_counter("dvara_service_crashes_total", "Ends of service processes.", NULL), 1);
	if (now_ms - service->started_ms >= CRASH_WINDOW_MS)
		service->n_pauses = 0;
	for (unsigned i = 0; i < n && i < service->n_crashes; i++)
		n_earlier += now_ms - service->crashes_ms[i] < CRASH_WINDOW_MS;
	service->crashes_ms[service->n_crashes++ % n] = now_ms;
	if (is_hopeless(service)) {
		pause_begin(service);
		return;
	}
	timer_set(
	    service->loop, &service->again, now_ms + (AGAIN_MS << n_earlier), start_again, service);
}

/* Five ends within a minute, or the end of the one try after a pause. */
static bool
is_hopeless(const struct service *service)
{
	const unsigned n = sizeof(service->crashes_ms) / sizeof(service->crashes_ms[0]);
	int64_t now_ms = clock_mono_ms();

	/* The place of the next is that of the oldest. */
	return service->n_pauses > 0 ||
	       (service->n_crashes >= n &&
		   now_ms - service->crashes_ms[service->n_crashes % n] < CRASH_WINDOW_MS);
}

static void
pause_begin(struct service *service)
{
	int64_t pause_ms = service->pause_ms
			   << (service->n_pauses < PAUSES_MAX ? service->n_pauses : PAUSES_MAX);

	service->n_pauses++;
	paused_set(service, true);
	service_socket_close(service);
	log_line(LOG_ERR, "service", "%s ends again and again: paused for %lld s", service->id,
	    (long long)(pause_ms / 1000));
	timer_set(service->loop, &service->again, clock_mono_ms() + pause_ms, start_again, service);
}

static void
paused_set(struct service *service, bool is_paused)
{
	char label[64];

	service->is_paused = is_paused;
	snprintf(label, sizeof(label), "service=\"%s\"", service->id);
	metric_set(
	    metric_gauge("dvara_service_paused",
		"1: ended again and again, and is not started before its pause is over.", label),
	    is_paused);
}

static void
kill_now(void *arg)
{
	struct service *service = arg;

	if (service->condemned != service->n_starts || service->pid == 0)
		return;
	log_line(LOG_WARNING, "service", "%s does not answer: killed", service->id);
	group_kill(service);
}

void
service_kill(struct service *service)
{
	unsigned n_starts = service->n_starts;

	if (atomic_exchange(&service->condemned, n_starts) != n_starts)
		loop_post(service->loop, kill_now, service);
}

bool
service_is_starting(const struct service *service)
{
	return service->answered_ms < service->started_ms &&
	       clock_mono_ms() - service->started_ms < STARTING_MS;
}

void
service_stop(struct service *service)
{
	service->is_stopping = true;
	if (service->pid > 0)
		kill(service->pid, SIGTERM);
}

static bool
has_ended(const struct service *service)
{
	siginfo_t end = {0};

	return waitid(P_PID, (id_t)service->pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       end.si_pid != 0;
}

/* After the loop has ended, so this one wait may block. */
void
service_end(struct service *service)
{
	struct timespec moment = {0, 10000000};
	int64_t until_ms = clock_mono_ms() + STOP_MS;

	while (service->pid > 0 && !has_ended(service)) {
		if (clock_mono_ms() >= until_ms)
			group_kill(service);
		nanosleep(&moment, NULL);
	}
	group_kill(service);
	if (service->pid > 0)
		waitpid(service->pid, NULL, 0);
	forget(service);
	timer_end(service->loop, &service->again);
	service_socket_end(service);
}
