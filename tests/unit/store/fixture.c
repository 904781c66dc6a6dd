/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of a store's test (see fixture.h).
 */
#include "unit/store/fixture.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/loop.h"
#include "store/redis.h"
#include "store/sql.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 32

struct visit {
	struct stand *stand;
	const struct stand_run *run;
	unsigned index;
};

static void server_exec(const struct stand *stand, const char *const *options);
static void server_wait(const struct stand *stand);
static bool server_answers(int fd);
static int entry_remove(const char *path, const struct stat *stat, int kind, struct FTW *ftw);
static void fiber_main(void *arg);
static void turn_count(void *arg);

void
stand_open(struct stand *stand)
{
	static const char *const no_words[] = {NULL};

	*stand = (struct stand){0};
	strcpy(stand->folder, "/tmp/dvara-store-XXXXXX");
	assert_non_null(mkdtemp(stand->folder));
	snprintf(stand->redis_address, sizeof(stand->redis_address), "unix:%s/redis.sock",
	    stand->folder);
	strcpy(stand->sql_database, "sqlite:dvara.db");
	stand->settings = (struct settings){
	    .gateway_issuer = "http://localhost:8080",
	    .gateway_state = stand->folder,
	    .gateway_trusted_proxies = no_words,
	    .redis_address = stand->redis_address,
	    .redis_prefix = "dv:",
	    .redis_timeout = 30,
	    .sql_database = stand->sql_database,
	};
	stand->rooms.settings = &stand->settings;
}

void
stand_close(struct stand *stand)
{
	if (stand->redis_pid != 0)
		stand_redis_stop(stand, SIGKILL);
	nftw(stand->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static int
entry_remove(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	(void)stat, (void)kind, (void)ftw;
	return remove(path);
}

void
stand_redis_start(struct stand *stand, const char *const *options)
{
	stand->redis_pid = fork();
	assert_true(stand->redis_pid >= 0);
	if (stand->redis_pid == 0)
		server_exec(stand, options);
	server_wait(stand);
}

static void
server_exec(const struct stand *stand, const char *const *options)
{
	const char *const fixed[] = {"redis-server", "--port", "0", "--unixsocket",
	    stand->redis_address + strlen("unix:"), "--save", "", "--appendonly", "no", "--dir",
	    stand->folder, "--loglevel", "warning", "--logfile", "redis.log", NULL};
	char *words[MAX_WORDS] = {NULL};
	size_t n = 0;

	for (size_t i = 0; fixed[i] != NULL; i++)
		words[n++] = strdup(fixed[i]);
	for (size_t i = 0; options != NULL && options[i] != NULL && n < MAX_WORDS - 1; i++)
		words[n++] = strdup(options[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(words[0], words);
	_exit(127);
}

static void
server_wait(const struct stand *stand)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bool is_there = false;

	strcpy(address.sun_path, stand->redis_address + strlen("unix:"));
	for (int i = 0; !is_there && i < 6000; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		is_there = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
			   server_answers(fd);
		close(fd);
		if (!is_there)
			usleep(10000);
	}
	assert_true(is_there);
}

/* Anything but that it is still loading its file. */
static bool
server_answers(int fd)
{
	char answer[64] = "";

	return write(fd, "PING\r\n", 6) == 6 && read(fd, answer, sizeof(answer) - 1) > 0 &&
	       strncmp(answer, "-LOADING", 8) != 0;
}

void
stand_redis_stop(struct stand *stand, int signal)
{
	assert_int_equal(kill(stand->redis_pid, signal), 0);
	assert_int_equal(waitpid(stand->redis_pid, NULL, 0), stand->redis_pid);
	stand->redis_pid = 0;
}

void
stand_redis_cli(struct stand *stand, ...)
{
	char cli[] = "redis-cli", option[] = "-s";
	char *words[MAX_WORDS] = {cli, option, stand->redis_address + strlen("unix:")};
	size_t n = 3;
	va_list more;
	int status;
	pid_t pid;

	va_start(more, stand);
	while (n < MAX_WORDS - 1 && (words[n] = va_arg(more, char *)) != NULL)
		n++;
	va_end(more);
	pid = fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

void
stand_redis(struct stand *stand, stand_fn *fn)
{
	stand_run(stand, &(struct stand_run){.fn = fn, .n = 1, .use_redis = true});
}

void
stand_sql(struct stand *stand, stand_fn *fn)
{
	stand_run(stand, &(struct stand_run){.fn = fn, .n = 1});
}

void
stand_run(struct stand *stand, const struct stand_run *run)
{
	struct visit *visits = calloc(run->n, sizeof(*visits));

	stand->loop = loop_new();
	assert_non_null(stand->loop);
	if (run->use_redis) {
		stand->rooms.redis = redis_new(stand->loop, &stand->settings);
		assert_non_null(stand->rooms.redis);
	}
	stand->n_fibers = run->n;
	for (unsigned i = 0; i < run->n; i++) {
		visits[i] = (struct visit){stand, run, i};
		fiber_start(stand->loop, fiber_main, &visits[i]);
	}
	loop_run(stand->loop);
	redis_free(stand->rooms.redis);
	stand->rooms.redis = NULL;
	loop_free(stand->loop);
	free(visits);
}

static void
fiber_main(void *arg)
{
	const struct visit *visit = arg;
	struct stand *stand = visit->stand;
	int64_t ttl_ms = visit->run->ttl_ms;
	struct task task;

	task_open(&task, stand->loop, &stand->rooms, ttl_ms == 0 ? 60000 : ttl_ms);
	visit->run->fn(stand, &task, visit->index);
	task_close(&task);
	if (--stand->n_fibers == 0)
		loop_stop(stand->loop);
}

unsigned
stand_turns(struct stand *stand)
{
	unsigned n = stand->n_turns;

	assert_true(loop_post(stand->loop, turn_count, stand));
	return n;
}

static void
turn_count(void *arg)
{
	((struct stand *)arg)->n_turns++;
}

int64_t
now_ms(void)
{
	return clock_mono_ms();
}

void
expect_ok(struct task *task, int r)
{
	if (r != 0)
		print_error("%s:%d: %s\n", task->fault.file, task->fault.line, task->fault.text);
	assert_int_equal(r, 0);
	assert_int_equal(task->fault.code, 0);
}

void
expect_fault(struct task *task, int r, int code)
{
	if (r != code)
		print_error("%s (%s), not %s\n", fault_name(r), task->fault.text, fault_name(code));
	assert_int_equal(r, code);
	assert_int_equal(task->fault.code, code);
	fault_clear(task);
}
