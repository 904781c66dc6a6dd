/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing keys change by their age: staged → active → retired → gone, without one signature that a
 * client could not verify.  Called by serve.c, again and again, on the first loop of each process.
 */
#ifndef ROTATION_H
#define ROTATION_H

struct task;

/* For each algorithm that signs: a next key is staged settings keys.stage before the active one is
 * settings keys.rotate old; then it signs, and the other retires.  Of several processes one does
 * it.  What retired a day ago and more, its last token ended, is deleted with its file.  Nothing
 * is done where keys.rotate is 0.  Waits for SQL and the offload pool. */
int rotation_tend(struct task *task);

#endif
