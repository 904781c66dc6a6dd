/* SPDX-License-Identifier: Apache-2.0
 *
 * What programmes there are, for everybody, and what each version said: a decision names its
 * version, and whoever has the same answers comes to the same outcome by it, years later too.
 */
#include "welfare.h"

#include <stdlib.h>
#include <string.h>

static int publish_step(struct dvara_tx *tx, void *arg);
static bool number_read(const char *text, int64_t *ret_number);
static json_t *listed(const struct programme *programme);

int
catalogue_publish(struct welfare *welfare, struct dvara_request *request)
{
	int r;

	if (welfare->is_published)
		return DVARA_OK;
	r = dvara_write(request, publish_step, welfare);
	if (r == DVARA_OK)
		welfare->is_published = true;
	return r;
}

static int
publish_step(struct dvara_tx *tx, void *arg)
{
	const struct welfare *welfare = arg;

	for (size_t i = 0; i < welfare->n_programmes; i++) {
		const struct programme *programme = &welfare->programmes[i];
		const struct dvara_rows *rows = NULL;
		int r;

		r = dvara_run(tx,
		    "INSERT INTO programme_version (programme, version, content, published_s)"
		    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (programme, version) DO NOTHING",
		    DVARA_VALUES(dvara_text_value(programme->id),
			dvara_int_value(programme->version), dvara_text_value(programme->content),
			dvara_int_value(dvara_now_s())),
		    NULL);
		if (r == DVARA_OK)
			r = dvara_run(tx,
			    "SELECT content FROM programme_version"
			    " WHERE programme = ?1 AND version = ?2",
			    DVARA_VALUES(dvara_text_value(programme->id),
				dvara_int_value(programme->version)),
			    &rows);
		if (r < 0)
			return r;
		if (strcmp(dvara_text(rows, 0, 0), programme->content) == 0)
			continue;
		dvara_log(welfare->host,
		    "%s version %lld was published with other words: give the change a new version",
		    programme->id, (long long)programme->version);
		return DVARA_EUPSTREAM;
	}
	return DVARA_OK;
}

/* {"programmes": [{id, version, from, name, summary, contact, needs}]}: those in force. */
int
catalogue_list(void *self, struct kit_call *call)
{
	const struct welfare *welfare = self;
	json_t *programmes = json_array();

	for (size_t i = 0; i < welfare->n_programmes; i++) {
		const struct programme *programme = &welfare->programmes[i];

		if (programme == programme_in_force(welfare, programme->id))
			json_array_append_new(programmes, listed(programme));
	}
	return kit_answer(call, 200, json_pack("{s:o}", "programmes", programmes));
}

static json_t *
listed(const struct programme *programme)
{
	static const char *const members[] = {
	    "id", "version", "from", "name", "summary", "contact", NULL};
	json_auto_t *predicates = programme_predicates(programme);
	json_t *one = json_object(), *needs = json_array();
	const char *name;
	json_t *is_there;

	for (const char *const *member = members; *member != NULL; member++)
		json_object_set(one, *member, json_object_get(programme->terms, *member));
	json_object_foreach(predicates, name, is_there)
		json_array_append_new(needs, json_string(name));
	json_object_set_new(one, "needs", needs);
	return one;
}

/* The version as it was published, whole. */
int
catalogue_version(void *self, struct kit_call *call)
{
	const struct dvara_rows *rows;
	int64_t version;
	int r;

	(void)self;
	if (!number_read(call->n, &version))
		return DVARA_ENOTFOUND;
	r = dvara_read(call->request,
	    "SELECT content FROM programme_version WHERE programme = ?1 AND version = ?2",
	    DVARA_VALUES(dvara_text_value(call->id), dvara_int_value(version)), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0)
		return DVARA_ENOTFOUND;
	return kit_answer(call, 200, json_loads(dvara_text(rows, 0, 0), 0, NULL));
}

static bool
number_read(const char *text, int64_t *ret_number)
{
	char *end;

	if (*text < '1' || *text > '9' || strlen(text) > 9)
		return false;
	*ret_number = strtoll(text, &end, 10);
	return *end == '\0';
}
