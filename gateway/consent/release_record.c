/* SPDX-License-Identifier: Apache-2.0
 *
 * What a release leaves behind (see release_record.h).
 */
#include "consent/release_record.h"

#include "consent/release_again.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/audit.h"
#include "records/event.h"
#include "records/ledger.h"
#include "records/probe.h"
#include "store/sql.h"

#include <string.h>

#define AUDIT_NAMES_MAX 2000 /* bytes: a row of the trail has its limit */

struct writing {
	const struct release_recording *recording;
	struct probe probe;
	struct ledger_row row;
};

static struct probe probe_of(struct task *task, const struct release_recording *recording);
static struct ledger_row row_of(struct task *task, const struct release_recording *recording);
static sql_step record_step;
static int audited(struct sql_tx *tx, const struct ledger_row *row);

int
release_record(struct task *task, const struct release_recording *recording)
{
	const struct consent *standing = recording->standing;
	struct probe probe = probe_of(task, recording);
	struct writing writing = {.recording = recording};
	int r;

	r = probe_filter(task, &probe, recording->claims);
	if (r < 0)
		return r;
	if (recording->is_again || (json_object_size(recording->claims) == 0 &&
				       recording->release->channel != CHANNEL_CONSENT_API))
		return 0;
	writing.probe = probe_of(task, recording);
	writing.row = row_of(task, recording);
	r = sql_write(task, record_step, &writing);
	if (r == 0 && standing != NULL && standing->is_once)
		event_haste(task);
	return r;
}

static struct probe
probe_of(struct task *task, const struct release_recording *recording)
{
	return (struct probe){
	    .sector = recording->release->client->sector,
	    .person_id = recording->release->person_id,
	    .names = names_of_members(task, recording->claims),
	    .values = recording->release->values,
	};
}

static struct ledger_row
row_of(struct task *task, const struct release_recording *recording)
{
	const struct release *release = recording->release;
	const struct purpose *purpose = recording->purpose;

	return (struct ledger_row){
	    .person_id = release->person_id,
	    .client_id = release->client->id,
	    .purpose_id = purpose->id,
	    .purpose_version = purpose->version,
	    .consent_id = recording->standing == NULL ? NULL : recording->standing->id,
	    .basis = purpose_basis_name(purpose->basis),
	    .channel = release_channel_name(release->channel),
	    .claims = names_of_members(task, recording->claims),
	    .request_id = release->request_id ? release->request_id : task->request_id,
	};
}

static int
record_step(struct sql_tx *tx, void *arg)
{
	const struct writing *writing = arg;
	const struct release_recording *recording = writing->recording;
	const struct consent *standing = recording->standing;
	int r;

	/* In the same transaction as the row: a withdrawal is either before both, or after. */
	r = standing == NULL ? 0 : consent_use(tx, standing->id);
	if (r == 0)
		r = probe_add(tx, &writing->probe);
	if (r == 0)
		r = release_again_add(tx, recording->release, recording->purpose);
	if (r == 0)
		r = ledger_add(tx, &writing->row);
	return r < 0 ? r : audited(tx, &writing->row);
}

/* The ledger is the person's to read; that no row of it was taken away is the trail's to show. */
static int
audited(struct sql_tx *tx, const struct ledger_row *row)
{
	struct task *task = sql_task(tx);
	const char *names = names_text(task, row->claims);
	json_auto_t *detail = json_object();

	json_set_text(detail, "channel", row->channel);
	json_set_text(detail, "purpose", row->purpose_id);
	json_set_text(detail, "consent", row->consent_id);
	json_set_text(detail, "request", row->request_id);
	if (strlen(names) <= AUDIT_NAMES_MAX)
		json_object_set_new(detail, "claims", names_json(row->claims));
	else
		json_set_text(detail, "claims_hash", digest_b64u(task, names));
	return audit_add(tx, &(struct audit_event){
				 .event = "release",
				 .actor = task_printf(task, "client:%s", row->client_id),
				 .person_id = row->person_id,
				 .client_id = row->client_id,
				 .detail = detail,
			     });
}
