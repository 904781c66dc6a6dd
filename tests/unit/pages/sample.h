/* SPDX-License-Identifier: Apache-2.0
 *
 * Sample views of every page (views.json), for tests and for the preview.
 *
 * In views.json an object by language stands for the text in the task's language, {"text": msgid}
 * for a text of the catalogues, {"date": s} for a date; a claim with "raw" gets its label and
 * value.
 */
#ifndef TESTS_PAGES_SAMPLE_H
#define TESTS_PAGES_SAMPLE_H

#include "pages/out.h"
#include "pages/page.h"

/* All pages, the owner frees it: {"consent": view, "wallet.number": view, …}. */
json_t *sample_views(void);

/* The page that a name of sample_views() is of. */
enum page sample_page(const char *name);

/* A view as a handler would have made it in the task's language; the task keeps it. */
json_t *sample_view(struct task *task, const json_t *sample);

/* A task without a loop, in a language, with settings of name and help_url. */
void sample_task(struct task *task, const char *language);

/* The page as a browser would get it. */
const char *sample_html(struct task *task, const char *name, const json_t *view);

#endif
