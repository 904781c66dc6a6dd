/* SPDX-License-Identifier: Apache-2.0
 *
 * Private keys on disk: PEM files, 0600 and ours, or they are refused.  All of it blocks: at start,
 * in commands, and on the offload pool.
 */
#include "jose/pkey.h"

#include "core/task.h"
#include "jose/alg.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX_BYTES (16 << 10)

static int file_read(struct task *task, int fd, const char *path, struct bytes *ret_pem);
static int no_passphrase(char *buf, int size, int is_write, void *arg);
static int file_fill(struct task *task, int folder_fd, const char *name, struct bytes pem);
static bool write_all(int fd, struct bytes bytes);

static void
fd_close_p(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define auto_fd __attribute__((cleanup(fd_close_p))) int

static void
bio_free_p(BIO **bio)
{
	BIO_free(*bio);
}
#define auto_bio __attribute__((cleanup(bio_free_p))) BIO

int
pkey_read(struct task *task, const char *path, EVP_PKEY **ret_pkey)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct bytes pem = {0};
	EVP_PKEY *pkey;
	int r;

	if (fd < 0)
		return fail(task, MISCONFIGURED, "key file %s: %s", path, strerror(errno));
	r = file_read(task, fd, path, &pem);
	if (r < 0)
		return r;

	auto_bio *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	ERR_clear_error();
	if (pkey == NULL)
		return fail(task, MISCONFIGURED, "key file %s: not a private key in PEM", path);
	*ret_pkey = pkey;
	return 0;
}

static int
file_read(struct task *task, int fd, const char *path, struct bytes *ret_pem)
{
	struct stat st;
	char *at;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(task, MISCONFIGURED, "key file %s: not a regular file", path);
	if (st.st_uid != geteuid())
		return fail(task, MISCONFIGURED, "key file %s: belongs to another user", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return fail(
		    task, MISCONFIGURED, "key file %s: others may read it; chmod 600", path);
	if (st.st_size > PEM_MAX_BYTES)
		return fail(task, MISCONFIGURED, "key file %s: too large", path);
	at = task_alloc(task, PEM_MAX_BYTES);
	n = read(fd, at, PEM_MAX_BYTES);
	if (n < 0)
		return fail(task, MISCONFIGURED, "key file %s: %s", path, strerror(errno));
	*ret_pem = (struct bytes){(const uint8_t *)at, (size_t)n};
	return 0;
}

/* Without it OpenSSL asks at the terminal. */
static int
no_passphrase(char *buf, int size, int is_write, void *arg)
{
	(void)buf, (void)size, (void)is_write, (void)arg;
	return -1;
}

int
pkey_write(struct task *task, const char *folder, const char *kid, const EVP_PKEY *pkey)
{
	const char *name = task_printf(task, "%s.pem", kid);
	auto_fd folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_bio *bio = BIO_new(BIO_s_secmem());
	char *at = NULL;
	long len;

	if (folder_fd < 0)
		return fail(task, MISCONFIGURED, "key folder %s: %s", folder, strerror(errno));
	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return fail(task, BROKEN, "OpenSSL cannot write a key");
	len = BIO_get_mem_data(bio, &at);
	return file_fill(
	    task, folder_fd, name, (struct bytes){(const uint8_t *)at, len < 0 ? 0 : (size_t)len});
}

static int
file_fill(struct task *task, int folder_fd, const char *name, struct bytes pem)
{
	auto_fd fd =
	    openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(task, MISCONFIGURED, "key file %s: %s", name, strerror(errno));
	/* The umask may have taken bits away, never added any; fchmod gives the owner his back. */
	if (fchmod(fd, 0600) < 0 || !write_all(fd, pem) || fsync(fd) < 0 || fsync(folder_fd) < 0) {
		int error = errno;

		unlinkat(folder_fd, name, 0);
		return fail(task, MISCONFIGURED, "key file %s: %s", name, strerror(error));
	}
	return 0;
}

static bool
write_all(int fd, struct bytes bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.at, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
	return true;
}

int
pkey_make(struct task *task, enum alg alg, EVP_PKEY **ret_pkey)
{
	const struct alg_traits *traits = alg_traits(alg);
	EVP_PKEY *pkey;

	if (str_equal(traits->kty, "EC"))
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", traits->crv);
	else if (str_equal(traits->kty, "RSA"))
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL)
		return fail(task, BROKEN, "OpenSSL cannot make a key");
	*ret_pkey = pkey;
	return 0;
}
