/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services there are: read once at the start, from the folder and the names of settings
 * [services].
 */
#include "services/services.h"

#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "services/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int service_open(struct task *task, const char *id, struct service *ret_service);
static void names_tell(const struct services *services);
static void way_open(struct task *task, const char *folder);
static int folder_make(struct task *task, const char *path);
static struct service service_of(struct task *task, const struct manifest *manifest);
static const char *host_of(struct task *task, const struct settings *settings);

struct services *
services_open(struct task *task)
{
	struct services *services = calloc(1, sizeof(*services));

	for (setting_words id = task->rooms->settings->services_enabled; *id; id++) {
		struct service *service = &services->all[services->n];

		if (services->n == SERVICES_MAX)
			break;
		if (service_open(task, *id, service) < 0) {
			log_line(LOG_ERR, "service", "%s is refused: %s", *id, task->fault.text);
			fault_clear(task);
			continue;
		}
		services->n++;
		service_start(service);
	}
	names_tell(services);
	return services;
}

/* The pages call a service by its manifest's name. */
static void
names_tell(const struct services *services)
{
	json_auto_t *names = json_object();

	for (size_t i = 0; i < services->n; i++)
		json_object_set(
		    names, services->all[i].id, json_object_get(services->all[i].manifest, "name"));
	page_service_names(names);
}

static int
service_open(struct task *task, const char *id, struct service *ret_service)
{
	const char *folder = task_printf(task, "%s/services", task->rooms->settings->gateway_state);
	const char *client = task_printf(task, "%s/%s.json", folder, id);
	struct manifest manifest;
	bool is_signed;
	json_t *jwks = NULL;
	int folder_fd, r;
	int64_t uid = -1;

	r = service_admit(task, id, &manifest, &is_signed);
	if (r == 0 && !is_signed)
		log_line(LOG_WARNING, "service",
		    "%s is NOT SIGNED and starts all the same: [services] allow_unsigned is yes",
		    id);
	if (r == 0)
		r = folder_make(task, folder);
	if (r == 0)
		way_open(task, folder);
	if (r == 0)
		r = folder_make(task, task_printf(task, "%s/%s", folder, id));
	if (r < 0)
		return r;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return fail(task, MISCONFIGURED, "%s: %s", folder, strerror(errno));
	r = service_user(task, folder_fd, id, &uid);
	if (r == 0)
		r = service_client(task, &manifest, client, &jwks);
	if (r < 0) {
		close(folder_fd);
		return r;
	}
	*ret_service = service_of(task, &manifest);
	ret_service->folder_fd = folder_fd;
	ret_service->uid = uid;
	ret_service->client_file = strdup(client);
	ret_service->jwks = jwks;
	return 0;
}

/* By its manifest and the settings. */
static struct service
service_of(struct task *task, const struct manifest *manifest)
{
	const struct settings *settings = task->rooms->settings;
	const char *ca_file = settings->outbound_ca_file, *trust = settings->services_trust;
	int64_t most_ms = settings->services_deadline * 1000;

	return (struct service){
	    .id = strdup(manifest->id),
	    .file = strdup(manifest->plugin ? manifest->plugin : manifest->program),
	    .is_program = manifest->program != NULL,
	    .gateway = strdup(settings->gateway_issuer),
	    .host = strdup(host_of(task, settings)),
	    .ca_file = ca_file ? strdup(ca_file) : NULL,
	    .trust = trust ? strdup(trust) : NULL,
	    .allows_unsigned = settings->services_allow_unsigned,
	    .timeout_ms = manifest->timeout_ms > 0 && manifest->timeout_ms < most_ms
			      ? manifest->timeout_ms
			      : most_ms,
	    .pause_ms = settings->services_pause * 1000,
	    .manifest = json_deep_copy(manifest->whole),
	    .takes_clients = manifest->takes_clients,
	    .loop = task->loop,
	    .is_paused = true,
	    .place_fd = -1,
	    .listen_fd = -1,
	    .pidfd = -1,
	    .lifeline = -1,
	    .lines_fd = -1,
	    .output_fd = -1,
	};
}

/* Where we are root, services run as users of their own (plugins/host/user.c), who have to reach
 * their folder in here: they may pass, not look. */
static void
way_open(struct task *task, const char *folder)
{
	if (geteuid() != 0)
		return;
	chmod(folder, 0711);
	chmod(task->rooms->settings->gateway_state, 0711);
}

static int
folder_make(struct task *task, const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	return 0;
}

/* A bare name stands beside the program that runs now. */
static const char *
host_of(struct task *task, const struct settings *settings)
{
	char *self = task_alloc(task, 4096), *slash;
	ssize_t len = readlink("/proc/self/exe", self, 4095);

	if (strchr(settings->services_host, '/') || len < 0)
		return settings->services_host;
	slash = strrchr(self, '/');
	*slash = '\0';
	return task_printf(task, "%s/%s", self, settings->services_host);
}

void
services_close(struct services *services)
{
	if (!services)
		return;
	for (size_t i = 0; i < services->n; i++)
		service_stop(&services->all[i]);
	for (size_t i = 0; i < services->n; i++) {
		struct service *service = &services->all[i];

		service_end(service);
		free(service->id);
		free(service->file);
		close(service->folder_fd);
		free(service->client_file);
		free(service->gateway);
		free(service->host);
		free(service->trust);
		free(service->ca_file);
		json_decref(service->manifest);
		json_decref(service->jwks);
	}
	free(services);
}

void
services_serve(struct services *services, struct http_server *server)
{
	for (size_t i = 0; services && i < services->n; i++)
		services->all[i].server = server;
}

struct service *
service_find(struct services *services, const char *id)
{
	for (size_t i = 0; services && i < services->n; i++)
		if (str_equal(services->all[i].id, id))
			return &services->all[i];
	return NULL;
}
