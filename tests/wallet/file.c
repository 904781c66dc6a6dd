/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing small private files.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(struct wallet *wallet, int fd, const char *path, const char **ret_text);

int
file_read(struct wallet *wallet, const char *path, const char **ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return wallet_fail(wallet, errno == ENOENT ? WALLET_NOT_FOUND : WALLET_FAILED,
		    "%s cannot be read: %s", path, strerror(errno));
	r = read_all(wallet, fd, path, ret_text);
	close(fd);
	return r;
}

static int
read_all(struct wallet *wallet, int fd, const char *path, const char **ret_text)
{
	char *text = wallet_alloc(wallet, FILE_MAX_BYTES + 1);
	size_t n_text = 0;

	for (;;) {
		ssize_t n = read(fd, text + n_text, FILE_MAX_BYTES - n_text);

		if (n < 0)
			return wallet_fail(
			    wallet, WALLET_FAILED, "%s cannot be read: %s", path, strerror(errno));
		if (n == 0)
			break;
		n_text += (size_t)n;
	}
	if (n_text == FILE_MAX_BYTES || memchr(text, '\0', n_text))
		return wallet_fail(wallet, WALLET_FAILED, "%s is not a small text file", path);
	*ret_text = text;
	return 0;
}

int
file_write(struct wallet *wallet, const char *path, const char *text, size_t n_text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_written;

	if (fd < 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be made: %s", path, strerror(errno));
	is_written = write(fd, text, n_text) == (ssize_t)n_text && fsync(fd) == 0;
	if (close(fd) < 0 || !is_written)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be written: %s", path, strerror(errno));
	return 0;
}

int
file_make_folder(struct wallet *wallet, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return wallet_fail(wallet, WALLET_FAILED, "%s cannot be made: %s", path, strerror(errno));
}
