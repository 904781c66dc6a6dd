/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of jansson: wiped when given back, small pieces kept for the thread's next use. Called
 * by json_setup(), once, before the first value is made.
 */
#ifndef CORE_JSON_MEMORY_H
#define CORE_JSON_MEMORY_H

void json_memory_setup(void);

#endif
