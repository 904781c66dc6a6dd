/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that does what the path of the call says (cases G04, G05, G06, G10); "/good" is the
 * twin.
 */
#include <dvara/plugin.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1u << 20)

typedef int deed(struct dvara_request *request, struct dvara_answer *ret_answer);

static int
text(struct dvara_answer *ret_answer, const char *body)
{
	ret_answer->body = body;
	return DVARA_OK;
}

static int
good(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	return text(ret_answer,
	    dvara_printf(request, "{\"pid\":%d,\"sub\":\"%s\"}", getpid(), dvara_subject(request)));
}

static int
crash(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	volatile int *nowhere = NULL;

	(void)request;
	*nowhere = 1;
	return text(ret_answer, "{}");
}

static int
aborts(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	(void)ret_answer;
	abort();
}

static int
stops(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	raise(SIGSTOP);
	return text(ret_answer, "{}");
}

static int
leave(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	(void)ret_answer;
	_exit(0);
}

static int
hang(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	sleep(60);
	return text(ret_answer, "{}");
}

static int
slow(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	static const char begun[] = "hostile/begun"; /* who has waited for it takes it away */
	const char *ms = dvara_query(request, "ms");
	FILE *file = fopen(begun, "w");

	if (!file)
		return DVARA_EUPSTREAM;
	fclose(file);

	for (long left_ms = ms ? strtol(ms, NULL, 10) : 1000;
	     left_ms > 0 && access(begun, F_OK) == 0; left_ms -= 20)
		usleep(20000);
	unlink(begun);
	return text(ret_answer, "{\"slow\":true}");
}

static int
huge(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	char *body =
	    mmap(NULL, 100u * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)request;
	if (body == MAP_FAILED)
		return DVARA_EINTERNAL;
	memset(body, 'x', 100u * MIB);
	ret_answer->body = body;
	ret_answer->body_bytes = 100u * MIB;
	return DVARA_OK;
}

static int
negative(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	ret_answer->body_bytes = (size_t)-1;
	return text(ret_answer, "{}");
}

static int
no_body(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	ret_answer->body_bytes = 1000;
	return DVARA_OK;
}

static int
two_lines(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	ret_answer->content_type = "application/json\r\nSet-Cookie: stolen=1";
	return text(ret_answer, "{}");
}

static int
not_json(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	return text(ret_answer, "{\"a\":1,}");
}

/* Good JSON, but each bracket costs whoever reads it by recursion a frame of stack. */
static int
deep(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	enum { DEPTH = 2000, OPENING = 5 };
	char *json = dvara_alloc(request, DEPTH * (OPENING + 1) + 2);

	for (size_t i = 0; i < DEPTH; i++)
		memcpy(json + i * OPENING, "{\"a\":", OPENING);
	json[DEPTH * OPENING] = '1';
	memset(json + DEPTH * OPENING + 1, '}', DEPTH);
	json[DEPTH * (OPENING + 1) + 1] = '\0';
	return text(ret_answer, json);
}

static int
not_utf8(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	return text(ret_answer, "{\"a\":\"\xff\xfe\"}");
}

static int
status(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const char *number = dvara_query(request, "status");

	ret_answer->status = number ? (int)strtol(number, NULL, 10) : 99;
	return text(ret_answer, "{}");
}

static int
no_result(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)request;
	(void)ret_answer;
	return -99;
}

static int
leak(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	char *lost = malloc(100u * MIB);

	(void)request;
	if (!lost)
		abort();
	memset(lost, 1, 100u * MIB);
	return text(ret_answer, "{\"leaked\":true}");
}

static int
forks(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return text(
	    ret_answer, dvara_printf(request, "{\"forked\":%s}", child < 0 ? "false" : "true"));
}

static int
fill(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	static const char place[] = "hostile/filler"; /* its state is all it may write */
	FILE *file = fopen(place, "w");
	unsigned n = 0;

	if (!file)
		return DVARA_EUPSTREAM;

	/* The last byte of each MiB: the limit is one of length, and holes cost no disk. */
	setvbuf(file, NULL, _IONBF, 0);
	while (
	    n < 400 && fseek(file, (long)(n + 1) * MIB - 1, SEEK_SET) == 0 && fputc(0, file) != EOF)
		n++;
	fclose(file);
	unlink(place);
	return text(ret_answer, dvara_printf(request, "{\"mib\":%u}", n));
}

static int
too_much_asked(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	return text(
	    ret_answer, dvara_alloc(request, 5u * MIB) ? "{\"got\":true}" : "{\"got\":false}");
}

static const struct {
	const char *path;
	deed *fn;
} deeds[] = {
    {"/good", good},
    {"/crash", crash},
    {"/abort", aborts},
    {"/stop", stops},
    {"/exit", leave},
    {"/hang", hang},
    {"/slow", slow},
    {"/huge", huge},
    {"/negative", negative},
    {"/no-body", no_body},
    {"/two-lines", two_lines},
    {"/not-json", not_json},
    {"/not-utf8", not_utf8},
    {"/deep", deep},
    {"/status", status},
    {"/no-result", no_result},
    {"/leak", leak},
    {"/fork", forks},
    {"/fill", fill},
    {"/too-much-asked", too_much_asked},
};

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(dvara_path(request), deeds[i].path) == 0)
			return deeds[i].fn(request, ret_answer);
	return DVARA_ENOTFOUND;
}

DVARA_SERVICE(.id = "hostile", .version = "1.0", .handle = handle);
