/* SPDX-License-Identifier: Apache-2.0
 *
 * What a Redis may answer: the first byte chooses the command, and whether the bytes after it come
 * in place of the greeting or after a good one.  The peer then closes, so that nothing waits for a
 * time-out.  Whatever it says, the command ends as one of ours does.
 */
#include "fuzz.h"

#include "core/fiber.h"
#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "store/redis.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BYTES_MAX (64u << 10) /* the socket takes them at once */
#define MINUTE    60000

struct peer {
	const char *bytes;
	size_t len;
	unsigned command;
	bool greets;
	unsigned n_heard;
	int fd;
	struct loop *loop;
	struct loop_watch *listening, *hearing;
	struct rooms rooms;
};

static const char greeting[] = "$51\r\n\r\nrun_id:0123456789abcdef0123456789abcdef01234567\r\n\r\n"
			       "$40\r\n0123456789abcdef0123456789abcdef01234567\r\n";
static const char epoch[] = "$30\r\n{\"id\":\"e\",\"start\":1,\"run\":\"r\"}\r\n";
static char folder[] = "/tmp/dvara-fuzz-XXXXXX";
static char address[sizeof("unix:") + sizeof(folder) + sizeof("/s")];
static int listener = -1;

static void
folder_remove(void)
{
	unlink(address + strlen("unix:"));
	rmdir(folder);
}

static void
listener_open(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (listener >= 0)
		return;
	log_open(LOG_CRIT, "fuzz");
	FUZZ_MUST(mkdtemp(folder) != NULL);
	snprintf(address, sizeof(address), "unix:%s/s", folder);
	strcpy(at.sun_path, address + strlen("unix:"));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	FUZZ_MUST(bind(listener, (const struct sockaddr *)&at, sizeof(at)) == 0);
	FUZZ_MUST(listen(listener, 8) == 0);
	atexit(folder_remove);
}

static void
say(const struct peer *peer, const char *bytes, size_t len)
{
	ssize_t n = send(peer->fd, bytes, len, MSG_NOSIGNAL);

	(void)n;
}

static void
peer_hears(void *arg, uint32_t events)
{
	struct peer *peer = arg;
	char heard[4096];
	ssize_t n = recv(peer->fd, heard, sizeof(heard), MSG_DONTWAIT);

	(void)events;
	if (n > 0 && peer->greets && peer->n_heard < 2) {
		if (peer->n_heard++ == 0)
			say(peer, greeting, strlen(greeting));
		else
			say(peer, epoch, strlen(epoch));
		return;
	}
	if (n > 0)
		say(peer, peer->bytes, peer->len);
	loop_watch_end(peer->hearing);
	peer->hearing = NULL;
	close(peer->fd);
	peer->fd = -1;
}

static void
peer_comes(void *arg, uint32_t events)
{
	struct peer *peer = arg;

	(void)events;
	if (peer->fd >= 0)
		return;
	peer->fd = accept(listener, NULL, NULL);
	if (peer->fd < 0)
		return;
	peer->hearing = loop_watch(peer->loop, peer->fd, EPOLLIN, peer_hears, peer);
}

static int
run(struct task *task)
{
	static struct redis_script script = {
	    "return 1", "0123456789abcdef0123456789abcdef01234567"};
	const char *keys[] = {"k", NULL};
	struct redis_answer answer;
	int r = redis_run(task, &script, &(struct redis_call){keys, keys}, &answer);

	if (r < 0)
		return r;
	FUZZ_MUST(answer.is != REDIS_TEXT || answer.text != NULL);
	for (size_t i = 0; answer.is == REDIS_LIST && i < answer.n; i++)
		FUZZ_MUST(answer.list[i] == NULL || strlen(answer.list[i]) <= BYTES_MAX);
	return 0;
}

static int
command_run(struct task *task, unsigned command)
{
	struct redis_pending *first, *second;
	const char *value;
	bool is_new;
	int r;

	switch (command % 6) {
	case 0: return redis_get(task, "k", &value);
	case 1: return redis_put(task, "k", "v", MINUTE);
	case 2: return redis_put_new(task, "k", "v", MINUTE, &is_new);
	case 3: return redis_drop(task, "k");
	case 4: return run(task);
	default: break;
	}
	r = redis_put_begin(task, "k", "v", MINUTE, &first);
	if (r < 0)
		return r;
	if (redis_put_begin(task, "l", "v", MINUTE, &second) == 0)
		r = redis_put_end(task, second);
	return redis_put_end(task, first) < 0 ? STORE_AWAY : r;
}

static void
fiber_main(void *arg)
{
	struct peer *peer = arg;
	struct task task;
	int r;

	task_open(&task, peer->loop, &peer->rooms, 5000);
	r = command_run(&task, peer->command);
	FUZZ_MUST(r == 0 || r == STORE_AWAY || r == BROKEN);
	task_close(&task);
	loop_stop(peer->loop);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct settings settings = {
	    .redis_address = address, .redis_prefix = "dv:", .redis_timeout = 2};
	struct peer peer = {.fd = -1};

	if (len < 1 || len > BYTES_MAX)
		return 0;
	listener_open();
	peer.command = at[0] >> 1;
	peer.greets = (at[0] & 1) != 0;
	peer.bytes = (const char *)at + 1;
	peer.len = len - 1;
	peer.rooms.settings = &settings;
	peer.loop = loop_new();
	FUZZ_MUST(peer.loop != NULL);
	peer.listening = loop_watch(peer.loop, listener, EPOLLIN, peer_comes, &peer);
	peer.rooms.redis = redis_new(peer.loop, &settings);
	FUZZ_MUST(peer.rooms.redis != NULL);
	fiber_start(peer.loop, fiber_main, &peer);
	loop_run(peer.loop);
	redis_free(peer.rooms.redis);
	loop_watch_end(peer.hearing);
	loop_watch_end(peer.listening);
	if (peer.fd >= 0)
		close(peer.fd);
	/* A connection that was made and not taken would be the next input's. */
	while ((peer.fd = accept(listener, NULL, NULL)) >= 0)
		close(peer.fd);
	loop_free(peer.loop);
	return 0;
}
