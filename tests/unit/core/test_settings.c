/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara.conf: what is read, what is refused with which words, and that conf/dvara.conf is what the
 * table says.
 */
#include "unit/unit.h"

#include "core/settings.h"
#include "core/settings_inside.h"
#include "core/str.h"

#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <sys/stat.h>

static char folder[] = "/tmp/test_settings.XXXXXX";
static char path[64];

static int
folder_make(void **state)
{
	(void)state;
	unsetenv("DVARA_GATEWAY_ISSUER");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/dvara.conf", folder);
	return 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	return 0;
}

static void
file_put(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

static struct settings *
read_text(const char *text, struct settings_error *ret_error)
{
	file_put(text, strlen(text));
	return settings_read(path, ret_error);
}

static struct settings *
read_good(const char *text)
{
	struct settings_error error;
	struct settings *settings = read_text(text, &error);

	if (settings == NULL)
		fail_msg("refused: line %d: %s", error.line, error.text);
	return settings;
}

#define ISSUER "[gateway]\nissuer = https://login.example.org\n"

static void
defaults_fill_what_is_not_set(void **state)
{
	struct settings *settings = read_good(ISSUER);

	(void)state;
	assert_string_equal(settings->gateway_issuer, "https://login.example.org");
	assert_true(settings->is_https);
	assert_string_equal(settings->host, "login.example.org");
	assert_string_equal(settings->path, path);
	assert_string_equal(settings->gateway_listen, "127.0.0.1:8080");
	assert_int_equal(settings->session_idle, 900);
	assert_int_equal(settings->issue_life, 365 * 86400);
	assert_int_equal(settings->wallet_status_stale, 0);
	assert_int_equal(settings->gateway_loops, 0);
	assert_false(settings->gateway_demo);
	assert_true(settings->wallet_cross_device);
	assert_null(settings->tls_key_file);
	assert_null(settings->gateway_help_url);
	assert_non_null(settings->services_enabled);
	assert_null(settings->services_enabled[0]);
	assert_string_equal(settings->login_methods[0], "wallet");
	assert_null(settings->login_methods[1]);
	assert_string_equal(settings->keys_folder, "/var/lib/dvara/keys");
	assert_string_equal(settings->keys_pairwise_file, "/var/lib/dvara/pairwise.key");
	assert_string_equal(settings->sql_database, "sqlite:/var/lib/dvara/dvara.db");
	assert_true(str_ends(settings->services_host, "/bin/dvara-service"));
	settings_drop(settings);
}

static void
every_type_is_read(void **state)
{
	struct settings *settings =
	    read_good("; comment\n# comment\n" ISSUER "listen=[::1]:443\r\n"
		      "loops =\t4\n"
		      "state = var\n"
		      "demo = yes\n"
		      "help_url = https://help.example.org/a?b=c\n"
		      "trusted_proxies = 10.0.0.0/8   192.0.2.1 ; inline\n"
		      "name = \xE1\x9E\x80 the gate\n"
		      "[session]\nidle: 90s\n"
		      "[tls]\n  certificate_file = ./c.pem\nkey_file = /k.pem\n"
		      "[sql]\ndatabase = sqlite:x.db\n"
		      "[services]\nhost = /opt/dvara-service\nfolder = plugins\n"
		      "[consent]\nlife = 2d");

	(void)state;
	assert_string_equal(settings->gateway_listen, "[::1]:443");
	assert_int_equal(settings->gateway_loops, 4);
	assert_true(settings->gateway_demo);
	assert_string_equal(settings->gateway_help_url, "https://help.example.org/a?b=c");
	assert_string_equal(settings->gateway_trusted_proxies[0], "10.0.0.0/8");
	assert_string_equal(settings->gateway_trusted_proxies[1], "192.0.2.1");
	assert_null(settings->gateway_trusted_proxies[2]);
	assert_string_equal(settings->gateway_name, "\xE1\x9E\x80 the gate");
	assert_int_equal(settings->session_idle, 90);
	assert_int_equal(settings->consent_life, 2 * 86400);
	assert_true(str_starts(settings->tls_certificate_file, folder));
	assert_true(str_ends(settings->tls_certificate_file, "/c.pem"));
	assert_null(strstr(settings->tls_certificate_file, "/./"));
	assert_string_equal(settings->tls_key_file, "/k.pem");
	assert_true(str_starts(settings->sql_database, "sqlite:/tmp/test_settings."));
	assert_true(str_ends(settings->sql_database, "/var/x.db"));
	assert_true(str_ends(settings->keys_folder, "/var/keys"));
	assert_string_equal(settings->services_host, "/opt/dvara-service");
	assert_true(str_starts(settings->services_folder, folder));
	settings_drop(settings);
}

static const struct {
	const char *text;
	int line;
	const char *says;
} refused[] = {
    {"", 0, "[gateway] issuer must be set"},
    {"[gateway]\nissuer =\n", 2, "[gateway] issuer must be set"},
    {"[gateway]\nisuer = https://x\n", 2, "did you mean [gateway] issuer?"},
    {"[gatway]\nissuer = https://x\n", 2, "did you mean [gateway] issuer?"},
    {"issuer = https://x\n", 1, "did you mean [gateway] issuer?"},
    {ISSUER "access = 5m\n", 3, "did you mean [tokens] access?"},
    {ISSUER "[session]\nidel = 5m\n", 4, "did you mean [session] idle?"},
    {ISSUER "issuer = https://y\n", 3, "a second time; the first is in line 2"},
    {ISSUER "what is this\n", 3, "neither [section] nor key"},
    {ISSUER "[session\n", 3, "neither [section] nor key"},
    {ISSUER "listen =\n", 3, "[gateway] listen is empty"},
    {ISSUER "listen = 8080\n", 3, "ADDRESS:PORT"},
    {ISSUER "listen = 127.0.0.1:0\n", 3, "ADDRESS:PORT"},
    {ISSUER "listen = 127.0.0.1:65536\n", 3, "ADDRESS:PORT"},
    {ISSUER "listen = ::1:80\n", 3, "IPv6 in brackets"},
    {ISSUER "listen = example.org:80\n", 3, "IP address"},
    {ISSUER "listen = [127.0.0.1]:80\n", 3, "IP address"},
    {ISSUER "listen = :80\n", 3, "IP address"},
    {ISSUER "demo = true\n", 3, "yes or no"},
    {ISSUER "demo = YES\n", 3, "yes or no"},
    {ISSUER "loops = -1\n", 3, "must be a number"},
    {ISSUER "loops = 4x\n", 3, "must be a number"},
    {ISSUER "loops = 257\n", 0, "over 256"},
    {ISSUER "connections = 99999999999999999999\n", 3, "must be a number"},
    {ISSUER "connections = 3000000000\n", 3, "must be a number"},
    {ISSUER "connections = 0\n", 0, "must not be 0"},
    {ISSUER "[session]\nidle = 15\n", 4, "number with its unit"},
    {ISSUER "[session]\nidle = 15 m\n", 4, "number with its unit"},
    {ISSUER "[session]\nidle = m\n", 4, "number with its unit"},
    {ISSUER "[session]\nidle = 15min\n", 4, "number with its unit"},
    {ISSUER "[session]\nidle = 1.5h\n", 4, "number with its unit"},
    {ISSUER "[session]\nidle = 13h\n", 0, "idle is longer"},
    {ISSUER "[session]\nidle = 0s\n", 0, "may be 0s"},
    {ISSUER "[tokens]\ncode = 61s\n", 0, "over 60s"},
    {ISSUER "[tokens]\naccess = 61m\n", 0, "over 1h"},
    {ISSUER "[redis]\ntimeout = 0s\n", 0, "may be 0s"},
    {ISSUER "[sql]\ndatabase = mysql:x\n", 4, "sqlite:PATH"},
    {ISSUER "[sql]\ndatabase = sqlite:\n", 4, "sqlite:PATH"},
    {ISSUER "name = a\x01"
	    "b\n",
	3, "control characters"},
    {ISSUER "name = a\xE2\x80\xA8"
	    "b\n",
	3, "control characters"},
    {ISSUER "name = a\xFF\n", 0, "is not text"},
    {ISSUER "help_url = ftp://x\n", 3, "https://"},
    {ISSUER "help_url = https://\n", 3, "names no host"},
    {ISSUER "help_url = https:///path\n", 3, "names no host"},
    {ISSUER "help_url = https://:80/path\n", 3, "names no host"},
    {ISSUER "help_url = https://u:p@x\n", 3, "user"},
    {ISSUER "help_url = https://x/#f\n", 3, "fragment"},
    {ISSUER "help_url = https://x/a b\n", 3, "letters"},
    {ISSUER "help_url = https://x/\xC3\xA9\n", 3, "letters"},
    {"[gateway]\nissuer = https://x/\n", 2, "slash"},
    {"[gateway]\nissuer = https://x?y=z\n", 0, "query"},
    {"[gateway]\nissuer = https://x/base\n", 0, "must not have a path"},
    {"[gateway]\nissuer = https://x:8443/base\n", 0, "must not have a path"},
    {"[gateway]\nissuer = http://login.example.org\n", 0, "must be https"},
    {"[gateway]\nissuer = http://127.0.0.1.example.org\n", 0, "must be https"},
    {"[gateway]\nissuer = http://10.0.0.1\n", 0, "must be https"},
    {ISSUER "management = 0.0.0.0:9000\n", 0, "management must be a loopback"},
    {ISSUER "management = 127.0.0.1:8080\n", 0, "are the same"},
    {ISSUER "demo = yes\nlisten = 0.0.0.0:8080\n", 0, "demo lets anybody in"},
    {ISSUER "demo = yes\nlisten = [::]:8080\n", 0, "demo lets anybody in"},
    {ISSUER "language = de\n", 0, "km lo en fr ar"},
    {ISSUER "country = kh\n", 0, "[gateway] country"},
    {ISSUER "country = KHM\n", 0, "[gateway] country"},
    {ISSUER "log_level = loud\n", 0, "error warning"},
    {ISSUER "[wallet]\nscheme = https\n", 0, "haip-vp"},
    {ISSUER "[login]\nmethods = wallet cart\n", 0, "must be of: wallet"},
    {ISSUER "[login]\nmethods = wallet wallet\n", 0, "names one twice"},
    {ISSUER "[tls]\nkey_file = k\n", 0, "go together"},
    {ISSUER "[wallet]\ncertificate_file = k\n", 0, "go together"},
    {ISSUER "[issue]\nkey_file = k\n", 0, "go together"},
};

static void
what_is_refused_and_how(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct settings_error error = {99, ""};
		struct settings *settings = read_text(refused[i].text, &error);

		if (settings != NULL)
			fail_msg("accepted: %s", refused[i].text);
		if (error.line != refused[i].line || strstr(error.text, refused[i].says) == NULL)
			fail_msg("%s: said line %d: %s", refused[i].text, error.line, error.text);
	}
}

/* The one type that no setting has today. */
static int
size_read(const char *text, struct settings_error *ret_error)
{
	static const struct setting_row row = {
	    .section = "s", .key = "k", .type = SETTING_IS_BYTES};
	struct setting_value value = {.row = &row, .text = text, .line = 7};
	struct settings settings = {0};
	struct arena arena;
	int64_t size;
	int r;

	arena_open(&arena, 4096);
	r = settings_value_set(&settings, &arena, &value, ret_error);
	memcpy(&size, &settings, sizeof(size));
	arena_close(&arena);
	return r == 0 ? (int)size : r;
}

static void
sizes_need_their_unit(void **state)
{
	struct settings_error error;

	(void)state;
	assert_int_equal(size_read("512B", &error), 512);
	assert_int_equal(size_read("64KB", &error), 65536);
	assert_int_equal(size_read("3MB", &error), 3 << 20);
	assert_int_equal(size_read("64", &error), -1);
	assert_int_equal(error.line, 7);
	assert_non_null(strstr(error.text, "[s] k must be a number with its unit"));
	assert_int_equal(size_read("64kb", &error), -1);
	assert_int_equal(size_read("64K", &error), -1);
}

static void
loopback_may_be_http(void **state)
{
	static const char *const texts[] = {"[gateway]\nissuer = http://127.0.0.1:8080\n",
	    "[gateway]\nissuer = http://localhost:8080\n",
	    "[gateway]\nissuer = http://[::1]:8080\n",
	    "[gateway]\nissuer = http://localhost\ndemo = yes\nlisten = localhost:8080\n"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct settings *settings = read_good(texts[i]);

		assert_false(settings->is_https);
		assert_null(strchr(settings->host, '/'));
		settings_drop(settings);
	}
}

static void
files_that_are_none(void **state)
{
	struct settings_error error;
	char *large = malloc(300000), text[512];

	(void)state;
	assert_null(settings_read("/nowhere/dvara.conf", &error));
	assert_non_null(strstr(error.text, "No such file"));
	settings_error_say(&error, "/no/such", text, sizeof(text));
	assert_memory_equal(text, "/no/such: No such file", strlen("/no/such: No such file"));
	assert_null(settings_read(folder, &error));
	memset(large, '\n', 300000);
	file_put(large, 300000);
	assert_null(settings_read(path, &error));
	assert_non_null(strstr(error.text, "is over"));
	memset(large, 'a', 6000);
	memcpy(large, ISSUER "name = ", strlen(ISSUER "name = "));
	file_put(large, 6000);
	assert_null(settings_read(path, &error));
	assert_int_equal(error.line, 3);
	assert_non_null(strstr(error.text, "too long"));
	file_put("a\0b", 3);
	assert_null(settings_read(path, &error));
	assert_non_null(strstr(error.text, "is not text"));
	free(large);
}

static void
a_line_of_4000_letters_is_whole(void **state)
{
	char *text = calloc(1, 5000);
	struct settings *settings;

	(void)state;
	strcpy(text, ISSUER "name = ");
	memset(text + strlen(text), 'n', 4000);
	settings = read_good(text);
	assert_int_equal(strlen(settings->gateway_name), 4000);
	settings_drop(settings);
	free(text);
}

static void
the_environment_goes_first(void **state)
{
	struct settings_error error;
	struct settings *settings;
	char *here = getcwd(NULL, 0);

	(void)state;
	setenv("DVARA_GATEWAY_ISSUER", "https://env.example.org", 1);
	setenv("DVARA_SESSION_IDLE", "5m", 1);
	setenv("DVARA_SERVICES_FOLDER", "there", 1);
	settings = read_good(ISSUER "[session]\nidle = 7m\n");
	assert_string_equal(settings->gateway_issuer, "https://env.example.org");
	assert_int_equal(settings->session_idle, 300);
	assert_true(str_starts(settings->services_folder, here));
	settings_drop(settings);
	setenv("DVARA_SESSION_IDLE", "5", 1);
	assert_null(read_text(ISSUER, &error));
	assert_int_equal(error.line, 0);
	assert_non_null(strstr(error.text, "[session] idle must be"));
	unsetenv("DVARA_GATEWAY_ISSUER");
	unsetenv("DVARA_SESSION_IDLE");
	unsetenv("DVARA_SERVICES_FOLDER");
	free(here);
}

static void *
hold_and_drop(void *arg)
{
	for (int i = 0; i < 10000; i++)
		settings_drop(settings_hold(arg));
	settings_drop(arg);
	return NULL;
}

/* The leak checker and the thread sanitizer are the judges. */
static void
the_last_hold_frees(void **state)
{
	struct settings *settings = read_good(ISSUER);
	pthread_t threads[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, hold_and_drop, settings_hold(settings));
	assert_string_equal(settings->gateway_name, "Dvara");
	settings_drop(settings);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	settings_drop(NULL);
}

struct text {
	char at[65536];
	size_t len;
	bool uncomment;
};

static void
line_put(const char *line, void *arg)
{
	struct text *text = arg;

	if (text->uncomment && line[0] == '#' && line[1] != ' ' && line[1] != '\0')
		line++;
	text->len +=
	    (size_t)snprintf(text->at + text->len, sizeof(text->at) - text->len, "%s\n", line);
	assert_true(text->len < sizeof(text->at));
}

static void
conf_dvara_conf_is_what_the_table_says(void **state)
{
	static struct text text, file;
	int fd = open(SOURCE_FOLDER "/conf/dvara.conf", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	file.len = (size_t)read(fd, file.at, sizeof(file.at) - 1);
	close(fd);
	settings_print_defaults(line_put, &text);
	if (!str_equal(text.at, file.at))
		fail_msg("write it anew: test_core_settings print > conf/dvara.conf");
}

/* Taking every # away changes nothing. */
static void
every_default_is_legal_and_means_itself(void **state)
{
	static struct text text = {.uncomment = true};
	struct settings *all, *none = read_good(ISSUER);
	const char *value = " https://login.example.org";
	char *issuer;

	(void)state;
	settings_print_defaults(line_put, &text);
	issuer = strstr(text.at, "issuer =\n") + strlen("issuer =");
	memmove(issuer + strlen(value), issuer, strlen(issuer) + 1);
	memcpy(issuer, value, strlen(value));
	all = read_good(text.at);
	assert_int_equal(all->session_idle, none->session_idle);
	assert_string_equal(all->keys_folder, none->keys_folder);
	assert_string_equal(all->keys_pairwise_file, none->keys_pairwise_file);
	assert_string_equal(all->sql_database, none->sql_database);
	assert_string_equal(all->services_host, none->services_host);
	assert_string_equal(all->redis_address, none->redis_address);
	assert_null(all->tls_key_file);
	settings_drop(all);
	settings_drop(none);
}

static void
line_print(const char *line, void *arg)
{
	(void)arg;
	puts(line);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_fill_what_is_not_set),
	    cmocka_unit_test(every_type_is_read),
	    cmocka_unit_test(what_is_refused_and_how),
	    cmocka_unit_test(sizes_need_their_unit),
	    cmocka_unit_test(loopback_may_be_http),
	    cmocka_unit_test(files_that_are_none),
	    cmocka_unit_test(a_line_of_4000_letters_is_whole),
	    cmocka_unit_test(the_environment_goes_first),
	    cmocka_unit_test(the_last_hold_frees),
	    cmocka_unit_test(conf_dvara_conf_is_what_the_table_says),
	    cmocka_unit_test(every_default_is_legal_and_means_itself),
	};

	if (argc == 2 && str_equal(argv[1], "print")) {
		settings_print_defaults(line_print, NULL);
		return 0;
	}
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
