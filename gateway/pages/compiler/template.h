/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns a template into a C function that writes the page.
 *
 *   {{name}} {{a.b}} {{this}}      a value of the view, escaped for where it stands
 *   {{page.…}} {{root.…}}          what every page has; the whole view from inside a list
 *   {{#each list}} … {{/each}}     for each element; names are looked up in it
 *   {{#if name}} … {{else}} … {{/if}}
 *   {{t "English, %{name}"}}       a text of the catalogues, values isolated and escaped
 *   {{tn count "one" "many"}}      the same by number
 *   {{> part}} {{> file.css}}      parts/part.html in this place; a static style or script
 *   {{! comment }}
 */
#ifndef COMPILER_TEMPLATE_H
#define COMPILER_TEMPLATE_H

#include "tool.h"

/* Adds the function template_NAME to out.  Its texts become used messages; their indices are right
 * once message_sort() has been called, so a template is compiled twice. */
void template_compile(struct text *out, const char *folder, const char *name);

/* Style without comments and needless white space. */
char *css_shrink(char *css);

#endif
