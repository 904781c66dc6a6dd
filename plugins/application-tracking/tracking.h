/* SPDX-License-Identifier: Apache-2.0
 *
 * application-tracking: a person's applications at agencies, in one list; private to this folder.
 *
 * Two ways lead in: an agency pushes by its own token, as things change; or it drops a file, the
 * export.  Of a person nothing is kept but this service's own name for them.
 */
#ifndef TRACKING_H
#define TRACKING_H

#include "kit/kit.h"

#include <time.h>

#define LIST_MAX    100
#define DAY_S       86400
#define SUBJECT_MAX 255

struct tracking {
	struct dvara_host *host;
	json_t *agencies;   /* {client_id: {"name": {lang: text}}} */
	const char *closed; /* statuses that an application ends in */
	int64_t closed_days;
	char export_path[4096];
	struct timespec read_at; /* the file's, when it was read */
	json_t *export;          /* as it was last readable; NULL: not since this process began */
	/* of this export: all copies, or those of people up to this one, were compared with it */
	bool is_compared;
	char compared_to[SUBJECT_MAX + 1];
};

/* A counter and an office, with no room for a name, a telephone number or a day of birth; NULL is
 * legal: false. */
bool tracking_is_reference(const char *reference);
/* Whether it ended so long ago that it has left the list. */
bool tracking_is_over(const struct tracking *tracking, const json_t *application);
/* When a closed application leaves the list; 0: it stays. */
int64_t tracking_leaves_s(const struct tracking *tracking, const char *status, int64_t updated_s);
/* "2026-11-18", "2026-11-18T10:00:00Z"; NULL is legal: false. */
bool tracking_time_read(const char *text, int64_t *ret_s);

/* export.c */
/* The person's applications in the export, each with as_of, and the export's as_of, or NULL where
 * it says none; new references.  Where it is away: the last copy.  DVARA_EUPSTREAM: none was ever
 * there. */
int export_of_person(struct tracking *tracking, struct dvara_request *request,
    json_t **ret_applications, json_t **ret_as_of);

/* Tells what the export changed of the next few people who ever looked; a failure is logged, and
 * told at the next call. */
void export_compare(struct tracking *tracking, struct dvara_request *request);

/* copy.c */
struct copy {
	const struct tracking *tracking;
	const char *subject;
	json_t *own; /* {as_of, applications} */
	int n_told;  /* of copy_settle() */
};
/* Keeps what the export says of a person now, where that is not what it said last. */
int copy_keep(struct dvara_request *request, struct copy *copy);
/* The same inside a step; what has changed since the last copy is told. */
int copy_settle(struct dvara_tx *tx, struct copy *copy);
/* The last one of whoever calls; a new reference.  DVARA_EUPSTREAM: there is none. */
int copy_find(struct dvara_request *request, json_t **ret_own);

/* list.c: the person, by any client. */
kit_handler list_all; /* GET /applications */
kit_handler list_one; /* GET /applications/{id} */

/* push.c: an agency, by itself. */
kit_handler push_apply;  /* POST /applications */
kit_handler push_remove; /* DELETE /applications/{id} */

#endif
