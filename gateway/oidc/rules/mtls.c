/* SPDX-License-Identifier: Apache-2.0
 *
 * Client certificates in discovery (RFC 8705 sections 2.1.1, 2.2.1, 3.3 and 5).  Called by
 * discovery.c.
 */
#include "oidc/rules/mtls.h"

#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"

#include <string.h>

static void method_add(json_t *document, const char *method);
static json_t *aliases_of(struct task *task, const json_t *document);
static bool is_for_clients(const char *name);

void
mtls_describe(struct task *task, json_t *document)
{
	const struct settings *settings = task->rooms->settings;

	if (settings->gateway_mtls_listen == NULL && !settings->gateway_proxy_certificates)
		return;
	if (task->rooms->client_trust != NULL)
		method_add(document, "tls_client_auth");
	method_add(document, "self_signed_tls_client_auth");
	json_object_set_new(document, "tls_client_certificate_bound_access_tokens", json_true());
	if (settings->gateway_mtls_url != NULL)
		json_object_set_new(document, "mtls_endpoint_aliases", aliases_of(task, document));
}

static void
method_add(json_t *document, const char *method)
{
	static const char *const members[] = {"token_endpoint_auth_methods_supported",
	    "introspection_endpoint_auth_methods_supported",
	    "revocation_endpoint_auth_methods_supported"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_array_append_new(json_object_get(document, members[i]), json_string(method));
}

static json_t *
aliases_of(struct task *task, const json_t *document)
{
	const struct settings *settings = task->rooms->settings;
	json_t *aliases = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)document, name, value) {
		const char *url = json_string_value(value);

		if (is_for_clients(name) && str_starts(url, settings->gateway_issuer))
			json_set_text(aliases, name,
			    task_printf(task, "%s%s", settings->gateway_mtls_url,
				url + strlen(settings->gateway_issuer)));
	}
	return aliases;
}

/* Not those that a browser is sent to. */
static bool
is_for_clients(const char *name)
{
	return str_ends(name, "_endpoint") && strcmp(name, "authorization_endpoint") != 0 &&
	       strcmp(name, "end_session_endpoint") != 0;
}
