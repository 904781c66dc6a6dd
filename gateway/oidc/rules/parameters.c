/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of authorization requests (see parameters.h).  Called by authorize.c, par.c and the
 * rules.
 */
#include "oidc/rules/parameters.h"

#include "core/task.h"
#include "http/form.h"

#include <string.h>

#define REPEATS "resource"

static void member_add(struct task *task, struct parameters *parameters, struct pair *pairs,
    const char *name, const json_t *value);
static bool is_list(const json_t *value);
static const char *text_of(struct task *task, const json_t *value);
static void pair_add(struct parameters *parameters, struct pair *pairs, struct pair pair);

void
parameters_of_request(const struct request *request, struct parameters *ret_parameters)
{
	*ret_parameters = (struct parameters){
	    .pairs = str_equal(request->method, "POST") ? request->form : request->query,
	    .duplicate = request->duplicate,
	    .too_many = request->too_many_params,
	};
}

void
parameters_of_json(struct task *task, const json_t *object, struct parameters *ret_parameters)
{
	struct pair *pairs = task_new_n(task, struct pair, FORM_MAX_PARAMS);
	struct parameters parameters = {.pairs.at = pairs};
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
		member_add(task, &parameters, pairs, name, value);
	*ret_parameters = parameters;
}

static void
member_add(struct task *task, struct parameters *parameters, struct pair *pairs, const char *name,
    const json_t *value)
{
	const json_t *each;
	size_t i;

	if (json_is_null(value))
		return;
	name = task_dup(task, name);
	if (!is_list(value)) {
		pair_add(parameters, pairs, (struct pair){name, text_of(task, value)});
		return;
	}
	json_array_foreach(value, i, each)
		pair_add(parameters, pairs, (struct pair){name, text_of(task, each)});
}

static bool
is_list(const json_t *value)
{
	size_t i;

	for (i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return i > 0;
}

static const char *
text_of(struct task *task, const json_t *value)
{
	const char *text = json_string_value(value);

	return text == NULL ? json_text(task, value) : task_dup(task, text);
}

static void
pair_add(struct parameters *parameters, struct pair *pairs, struct pair pair)
{
	size_t n = parameters->pairs.n;

	if (n == FORM_MAX_PARAMS) {
		parameters->too_many = true;
		return;
	}
	if (parameters->duplicate == NULL && strcmp(pair.name, REPEATS) != 0 &&
	    parameters_find(parameters, pair.name) != NULL)
		parameters->duplicate = pair.name;
	pairs[n] = pair;
	parameters->pairs.n = n + 1;
}

json_t *
parameters_json(struct task *task, const struct parameters *parameters)
{
	json_t *object = json_keep(task, json_object());
	size_t i;

	for (i = 0; i < parameters->pairs.n; i++) {
		const struct pair *pair = &parameters->pairs.at[i];
		json_t *before = json_object_get(object, pair->name);

		if (before == NULL)
			json_set_text(object, pair->name, pair->value);
		else if (json_is_array(before))
			json_array_append_new(before, json_string(pair->value));
		else
			json_object_set_new(
			    object, pair->name, json_pack("[O, s]", before, pair->value));
	}
	return object;
}

const char *
parameters_find(const struct parameters *parameters, const char *name)
{
	size_t i;

	for (i = 0; i < parameters->pairs.n; i++)
		if (strcmp(parameters->pairs.at[i].name, name) == 0)
			return parameters->pairs.at[i].value;
	return NULL;
}

const char *
parameters_get(const struct parameters *parameters, const char *name)
{
	const char *value = parameters_find(parameters, name);

	return str_is_empty(value) ? NULL : value;
}

const char *const *
parameters_all(struct task *task, const struct parameters *parameters, const char *name)
{
	const char **values = task_new_n(task, const char *, parameters->pairs.n + 1);
	size_t i, n = 0;

	for (i = 0; i < parameters->pairs.n; i++)
		if (strcmp(parameters->pairs.at[i].name, name) == 0)
			values[n++] = parameters->pairs.at[i].value;
	return values;
}
