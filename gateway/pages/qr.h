/* SPDX-License-Identifier: Apache-2.0
 *
 * A QR code as the path of an inline SVG (libqrencode, level M), for the pages' templates.
 */
#ifndef PAGES_QR_H
#define PAGES_QR_H

struct task;

/* ret_side: modules of one side, quiet zone of 4 included.  Fails BROKEN where text does not fit.
 */
int qr_path(struct task *task, const char *text, const char **ret_path, int *ret_side);

/* The same for a terminal: two rows of modules in a line, by half blocks of UTF-8; dark on light
 * whatever the terminal's colours. */
int qr_lines(struct task *task, const char *text, const char **ret_lines);

#endif
