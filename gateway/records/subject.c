/* SPDX-License-Identifier: Apache-2.0
 *
 * sub: the same person at the same sector, in every token and answer.
 */
#include "records/subject.h"

#include "records/person.h"

/* The sector of subject_type public: no host is empty. */
#define EVERYBODY ""

const char *
subject_of(struct task *task, const struct client *client, const char *person_id)
{
	if (person_id == NULL)
		return client->id;
	return person_subject(
	    task, person_id, client->is_public_subject ? EVERYBODY : client->sector);
}
