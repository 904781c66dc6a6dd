/* SPDX-License-Identifier: Apache-2.0
 *
 * Response modes.  Called by authorization.c.
 */
#include "oidc/rules/response_mode.h"

#include "core/task.h"
#include "pages/page.h"

static const struct mode {
	const char *name;
	enum response_mode mode;
	bool is_listed_only; /* only for clients whose dvara_response_modes names it */
} modes[] = {
    {"query", RESPONSE_QUERY, false},
    {"form_post", RESPONSE_FORM_POST, false},
    {"fragment", RESPONSE_FRAGMENT, true},
    /* JARM section 2.3.4: what a code has where nothing is said */
    {"jwt", RESPONSE_QUERY | RESPONSE_JWT, false},
    {"query.jwt", RESPONSE_QUERY | RESPONSE_JWT, false},
    {"form_post.jwt", RESPONSE_FORM_POST | RESPONSE_JWT, false},
    {"fragment.jwt", RESPONSE_FRAGMENT | RESPONSE_JWT, true},
};

static bool is_allowed(const struct client *client, const struct mode *mode);

bool
response_mode_of(
    const struct client *client, const char *name, enum response_mode *ret_response_mode)
{
	size_t i;

	if (name == NULL)
		name = "query";
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!str_equal(modes[i].name, name))
			continue;
		if (!is_allowed(client, &modes[i]))
			return false;
		*ret_response_mode = modes[i].mode;
		return true;
	}
	return false;
}

static bool
is_allowed(const struct client *client, const struct mode *mode)
{
	const char *const *listed = client->response_modes;

	/* Who registered no algorithm does not know what to do with a JWT. */
	if ((mode->mode & RESPONSE_JWT) && client->authorization_alg == ALG_NONE)
		return false;
	if (listed == NULL || *listed == NULL)
		return !mode->is_listed_only;
	for (; *listed != NULL; listed++)
		if (str_equal(*listed, mode->name))
			return true;
	return false;
}

enum response_mode
response_mode_way(enum response_mode mode)
{
	return (enum response_mode)(mode & ~(unsigned)RESPONSE_JWT);
}

int
response_mode_check(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *name = parameters_get(parameters, "response_mode");
	enum response_mode mode;

	if (!response_mode_of(authorization->client, name, &mode))
		return fail(task, INVALID_REQUEST, "response_mode is none that the client may use");
	/* A form's fields pass through HTML, which does not keep every byte. */
	if (mode == RESPONSE_FORM_POST && authorization->state != NULL &&
	    !page_keeps(authorization->state))
		return fail(task, INVALID_REQUEST, "state cannot be sent by form_post");
	return 0;
}
