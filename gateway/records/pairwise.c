/* SPDX-License-Identifier: Apache-2.0
 *
 * The pairwise key (see pairwise.h).
 */
#include "records/pairwise.h"

#include "core/random.h"
#include "store/sql.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAIRWISE_KEY_BYTES 32
#define LABEL_MAX_BYTES    64

/* Written once before the loops. */
static uint8_t pairwise_key[PAIRWISE_KEY_BYTES];
static bool pairwise_is_open;

static bool may_make(const char *path, struct sql *sql, char ret_why[256]);
static bool key_read(const char *path, char ret_why[256]);
static bool key_make(const char *path, char ret_why[256]);
static bool key_write(int fd, const uint8_t *key);
static void folder_sync(const char *path);

void
pairwise_mac(struct bytes input, uint8_t ret_mac[DIGEST_BYTES])
{
	assert(pairwise_is_open);
	digest_hmac((struct bytes){pairwise_key, sizeof(pairwise_key)}, input, ret_mac);
}

/* No sector begins with a control character, so no subject is ever made of the same bytes. */
void
pairwise_derive(const char *label, uint8_t ret_key[DIGEST_BYTES])
{
	uint8_t input[1 + LABEL_MAX_BYTES] = {1};
	size_t len = strlen(label);

	assert(len <= LABEL_MAX_BYTES);
	memcpy(input + 1, label, len);
	pairwise_mac((struct bytes){input, 1 + len}, ret_key);
}

bool
pairwise_open(const char *pairwise_file, struct sql *sql, char ret_why[256])
{
	pairwise_is_open = false;
	if (access(pairwise_file, F_OK) < 0 && errno == ENOENT &&
	    !(may_make(pairwise_file, sql, ret_why) && key_make(pairwise_file, ret_why)))
		return false;
	pairwise_is_open = key_read(pairwise_file, ret_why);
	return pairwise_is_open;
}

static bool
may_make(const char *path, struct sql *sql, char ret_why[256])
{
	int has_people = sql_gives_row(sql, SQL("SELECT 1 FROM person LIMIT 1"));

	if (has_people > 0)
		snprintf(ret_why, 256,
		    "%s is missing, and the database has people who are known by it: bring it back "
		    "from the backup",
		    path);
	if (has_people < 0)
		snprintf(ret_why, 256, "%s is missing, and the database is out of reach", path);
	return has_people == 0;
}

static bool
key_read(const char *path, char ret_why[256])
{
	uint8_t bytes[PAIRWISE_KEY_BYTES + 1];
	struct stat status;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0) {
		snprintf(ret_why, 256, "%s: %s", path, strerror(errno));
		return false;
	}
	n = fstat(fd, &status) < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	close(fd);
	if (n < 0) {
		snprintf(ret_why, 256, "%s: %s", path, strerror(errno));
		return false;
	}
	if ((status.st_mode & 077) != 0) {
		snprintf(ret_why, 256, "%s: others may read it (chmod 600)", path);
		return false;
	}
	if (n != PAIRWISE_KEY_BYTES) {
		snprintf(ret_why, 256, "%s: is not %d bytes", path, PAIRWISE_KEY_BYTES);
		return false;
	}
	memcpy(pairwise_key, bytes, PAIRWISE_KEY_BYTES);
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

/* Whole or not at all: a half-written key would give every person another subject later.  Whoever
 * comes second to the link takes the first one's key. */
static bool
key_make(const char *path, char ret_why[256])
{
	uint8_t key[PAIRWISE_KEY_BYTES];
	uint64_t mark;
	char draft[PATH_MAX];
	bool is_made;
	int fd;

	random_bytes(&mark, sizeof(mark));
	random_bytes(key, sizeof(key));
	snprintf(draft, sizeof(draft), "%s.%016" PRIx64, path, mark);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	is_made = fd >= 0 && key_write(fd, key) && (link(draft, path) == 0 || errno == EEXIST);
	if (is_made)
		folder_sync(path);
	else
		snprintf(ret_why, 256, "%s: %s", path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(draft);
	}
	explicit_bzero(key, sizeof(key));
	return is_made;
}

static bool
key_write(int fd, const uint8_t *key)
{
	return write(fd, key, PAIRWISE_KEY_BYTES) == PAIRWISE_KEY_BYTES && fsync(fd) == 0;
}

static void
folder_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd;

	snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}
