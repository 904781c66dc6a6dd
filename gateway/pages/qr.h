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

#endif
