/* SPDX-License-Identifier: Apache-2.0
 *
 * settings_read(): what it accepts keeps its promises, what it refuses says why.
 */
#include "fuzz.h"

#include "core/settings.h"
#include "core/str.h"

#include <fcntl.h>
#include <unistd.h>

static char path[] = "/tmp/fuzz_settings.XXXXXX";
static int fd = -1;

static void
file_remove(void)
{
	unlink(path);
}

static void
file_put(const uint8_t *at, size_t len)
{
	if (fd < 0) {
		fd = mkstemp(path);
		FUZZ_MUST(fd >= 0);
		atexit(file_remove);
	}
	FUZZ_MUST(ftruncate(fd, 0) == 0);
	FUZZ_MUST(pwrite(fd, at, len, 0) == (ssize_t)len);
}

static void
promises_check(const struct settings *settings)
{
	const char *issuer = settings->gateway_issuer;

	FUZZ_MUST(str_starts(issuer, settings->is_https ? "https://" : "http://"));
	FUZZ_MUST(!str_ends(issuer, "/") && strpbrk(issuer, "#?@ ") == NULL);
	FUZZ_MUST(settings->host[0] != '\0' && strchr(settings->host, '/') == NULL);
	FUZZ_MUST(settings->keys_folder[0] == '/' && settings->gateway_state[0] == '/');
	FUZZ_MUST(settings->services_enabled != NULL && settings->login_methods != NULL);
	FUZZ_MUST(settings->tokens_code > 0 && settings->tokens_code <= 60);
	FUZZ_MUST(settings->session_idle <= settings->session_absolute);
	FUZZ_MUST(!str_has_control(settings->gateway_name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct settings_error error;
	struct settings *settings;

	if (len > 16384)
		return 0;
	file_put(at, len);
	settings = settings_read(path, &error);
	if (settings != NULL) {
		promises_check(settings);
		settings_drop(settings);
	} else {
		FUZZ_MUST(error.text[0] != '\0' && error.line >= 0);
		FUZZ_MUST(str_is_utf8(error.text, strlen(error.text)));
		FUZZ_MUST(!str_has_control(error.text));
	}
	return 0;
}
