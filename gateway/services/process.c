/* SPDX-License-Identifier: Apache-2.0
 *
 * The child process of a service: started, watched by its pidfd, started again when it ends.
 *
 * Back off from 100 ms; one that ends five times within a minute is disabled until the gateway is
 * started again, with an error in the log: it would only burn the machine.
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
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_MS        100
#define CRASH_WINDOW_MS 60000
#define STOP_MS         2000

static pid_t spawned(const struct service *service, int standard_input);
static void lifeline_cut(struct service *service);
static void ended(void *arg, uint32_t events);
static void crash_count(struct service *service);

static void
start_again(void *arg)
{
	service_start(arg);
}

void
service_start(struct service *service)
{
	int lifeline[2];

	service->n_starts++;
	service->pid = 0;
	if (pipe2(lifeline, O_CLOEXEC) == 0) {
		service->lifeline = lifeline[1];
		service->pid = spawned(service, lifeline[0]);
		close(lifeline[0]);
	}
	if (service->pid > 0)
		service->pidfd = (int)syscall(SYS_pidfd_open, service->pid, 0);
	if (service->pid <= 0 || service->pidfd < 0) {
		log_line(LOG_ERR, "service", "%s: %s: %s", service->id, service->program,
		    strerror(errno));
		lifeline_cut(service);
		crash_count(service);
		return;
	}
	service->watch = loop_watch(service->loop, service->pidfd, EPOLLIN, ended, service);
	service->is_up = true;
}

static pid_t
spawned(const struct service *service, int standard_input)
{
	const char *const words[] = {service->program, "--plugin", service->plugin, "--socket",
	    strrchr(service->socket, '/') + 1, "--gateway", service->gateway, "--client",
	    service->client_file, "--state", service->id, service->ca_file ? "--ca-file" : NULL,
	    service->ca_file, NULL};
	const char *const environment[] = {"PATH=/usr/bin:/bin", "DVARA_SUPERVISED=1", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	pid_t pid;
	int r;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, standard_input, 0);
	posix_spawn_file_actions_addfchdir_np(&files, service->folder_fd);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	/* posix_spawn() does not write to them; its prototype is older than const. */
	r = posix_spawn(&pid, service->program, &files, &how, (char *const *)(uintptr_t)words,
	    (char *const *)(uintptr_t)environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	if (r == 0)
		return pid;
	errno = r;
	return -1;
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
	loop_watch_end(service->watch);
	service->watch = NULL;
	if (service->pidfd >= 0)
		close(service->pidfd);
	service->pidfd = -1;
	service->pid = 0;
	service->is_up = false;
}

static void
ended(void *arg, uint32_t events)
{
	struct service *service = arg;
	int status = 0;

	(void)events;
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

	service->crashes_ms[service->n_crashes++ % n] = now_ms;
	metric_add(
	    metric_counter("dvara_service_crashes_total", "Ends of service processes.", NULL), 1);
	/* The place of the next is that of the oldest. */
	if (service->n_crashes >= n &&
	    now_ms - service->crashes_ms[service->n_crashes % n] < CRASH_WINDOW_MS) {
		service->is_disabled = true;
		log_line(LOG_ERR, "service", "%s ended %u times within a minute: disabled",
		    service->id, n);
		return;
	}
	timer_set(service->loop, &service->again, now_ms + AGAIN_MS, start_again, service);
}

static void
kill_now(void *arg)
{
	struct service *service = arg;

	if (service->pid > 0 && service->condemned == service->n_starts)
		kill(-service->pid, SIGKILL);
}

void
service_kill(struct service *service, unsigned n_starts)
{
	if (n_starts != service->n_starts ||
	    atomic_exchange(&service->condemned, n_starts) == n_starts)
		return;
	log_line(LOG_WARNING, "service", "%s does not answer: killed", service->id);
	loop_post(service->loop, kill_now, service);
}

void
service_stop(struct service *service)
{
	service->is_stopping = true;
	service->is_up = false;
	if (service->pid > 0)
		kill(service->pid, SIGTERM);
}

/* After the loop has ended, so this one wait may block. */
void
service_end(struct service *service)
{
	struct timespec moment = {0, 10000000};
	int64_t until_ms = clock_mono_ms() + STOP_MS;

	while (service->pid > 0 && waitpid(service->pid, NULL, WNOHANG) == 0) {
		if (clock_mono_ms() >= until_ms)
			kill(service->pid, SIGKILL);
		nanosleep(&moment, NULL);
	}
	forget(service);
	timer_end(service->loop, &service->again);
	unlink(service->socket);
}
