/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing stacks: the few lines under fiber.c, the only caller.
 *
 * On x86-64 and aarch64 it is a short piece of assembly; elsewhere, or with DVARA_UCONTEXT, the C
 * library's swapcontext(), which asks the kernel about signals twice at every change.  Address- and
 * ThreadSanitizer are told of each change.
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include <stddef.h>

#if !defined(DVARA_UCONTEXT) && !(defined(__x86_64__) && defined(__LP64__)) && !defined(__aarch64__)
#define DVARA_UCONTEXT 1
#endif
#ifdef DVARA_UCONTEXT
#include <ucontext.h>
#endif

struct context {
	void *sp; /* its registers are on its stack, from here on */
	const void *stack;
	size_t stack_bytes;
	struct context *from; /* who changed to this one last */
	void *fake_stack;     /* AddressSanitizer's */
	void *shadow;         /* ThreadSanitizer's */
#ifdef DVARA_UCONTEXT
	ucontext_t registers;
#endif
};

/* fn(arg) will run on the stack given, at the first change to it; it must never return. */
void context_make(
    struct context *context, void *stack, size_t stack_bytes, void (*fn)(void *), void *arg);
void context_free(struct context *context); /* not its stack */

/* For code that runs already: what context_switch() will save into. */
void context_here(struct context *context);

/* Saves the running code in from and goes on with to; returns when somebody changes to from. */
void context_switch(struct context *from, struct context *to);
_Noreturn void context_leave(struct context *from, struct context *to); /* from ends */

#endif
