/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing small private files.
 */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
	size_t n_text = 0, n_max;
	struct stat about;
	char *text;

	if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_size > FILE_MAX_BYTES)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not a small text file", path);
	n_max = (size_t)about.st_size;
	text = wallet_alloc(wallet, n_max + 1);
	while (n_text < n_max) {
		ssize_t n = read(fd, text + n_text, n_max - n_text);

		if (n < 0)
			return wallet_fail(
			    wallet, WALLET_FAILED, "%s cannot be read: %s", path, strerror(errno));
		if (n == 0)
			break;
		n_text += (size_t)n;
	}
	if (memchr(text, '\0', n_text))
		return wallet_fail(wallet, WALLET_FAILED, "%s is not a small text file", path);
	*ret_text = text;
	return 0;
}

int
file_read_json(struct wallet *wallet, const char *path, json_t **ret_value)
{
	const char *text;
	json_t *value;
	int r;

	r = file_read(wallet, path, &text);
	if (r < 0)
		return r;
	value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!value)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not JSON", path);
	*ret_value = wallet_json(wallet, value);
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
file_write_json(struct wallet *wallet, const char *path, const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));
	int r;

	if (!text)
		abort();
	r = file_write(wallet, path, text, strlen(text));
	free(text);
	return r;
}

int
file_replace(struct wallet *wallet, const char *path, const char *text)
{
	const char *fresh = wallet_printf(wallet, "%s.%d.new", path, (int)getpid());
	int r;

	unlink(fresh);
	r = file_write(wallet, fresh, text, strlen(text));
	if (r == 0 && rename(fresh, path) < 0)
		r = wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be written: %s", path, strerror(errno));
	if (r < 0)
		unlink(fresh);
	return r;
}

int
file_make_folder(struct wallet *wallet, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return wallet_fail(wallet, WALLET_FAILED, "%s cannot be made: %s", path, strerror(errno));
}

void
file_remove_folder(struct wallet *wallet, const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *item;

	while (folder && (item = readdir(folder))) {
		const char *inner = wallet_printf(wallet, "%s/%s", path, item->d_name);

		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		if (unlink(inner) < 0 && errno == EISDIR)
			file_remove_folder(wallet, inner);
	}
	if (folder)
		closedir(folder);
	rmdir(path);
}
