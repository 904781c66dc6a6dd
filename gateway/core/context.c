/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing stacks (see context.h).
 *
 * The assembly keeps what the ABIs call callee-saved, but not the control words of floating point:
 * nobody here changes them.  It knows no shadow stack, so CMakeLists.txt builds this file without
 * that mark, and the linker then leaves it off the program.
 */
#include "core/context.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CONTEXT_ASAN 1
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define CONTEXT_TSAN 1
#include <sanitizer/tsan_interface.h>
#endif

static void registers_make(struct context *context, void (*fn)(void *), void *arg);
static void registers_switch(struct context *from, struct context *to);
static void switch_begin(struct context *from, struct context *to, void **fake_stack);
static void switch_end(struct context *self);
static void first_run(void *first);

struct first {
	struct context *context;
	void (*fn)(void *);
	void *arg;
};

void
context_make(
    struct context *context, void *stack, size_t stack_bytes, void (*fn)(void *), void *arg)
{
	struct first *first = stack; /* the far end of the stack: free until it has begun */

	*context = (struct context){.stack = stack, .stack_bytes = stack_bytes};
	*first = (struct first){context, fn, arg};
#ifdef CONTEXT_TSAN
	context->shadow = __tsan_create_fiber(0);
#endif
	registers_make(context, first_run, first);
}

void
context_free(struct context *context)
{
#ifdef CONTEXT_TSAN
	__tsan_destroy_fiber(context->shadow);
#endif
	(void)context;
}

void
context_here(struct context *context)
{
	context->stack = NULL; /* AddressSanitizer says at the first change */
	context->stack_bytes = 0;
	context->fake_stack = NULL;
#ifdef CONTEXT_TSAN
	context->shadow = __tsan_get_current_fiber();
#endif
}

static void
first_run(void *arg)
{
	struct first first = *(struct first *)arg;

	switch_end(first.context);
	first.fn(first.arg);
	abort();
}

void
context_switch(struct context *from, struct context *to)
{
	switch_begin(from, to, &from->fake_stack);
	registers_switch(from, to);
	switch_end(from);
}

void
context_leave(struct context *from, struct context *to)
{
	switch_begin(from, to, NULL);
	registers_switch(from, to);
	abort();
}

static void
switch_begin(struct context *from, struct context *to, void **fake_stack)
{
	to->from = from;
#ifdef CONTEXT_ASAN
	__sanitizer_start_switch_fiber(fake_stack, to->stack, to->stack_bytes);
#endif
#ifdef CONTEXT_TSAN
	__tsan_switch_to_fiber(to->shadow, 0);
#endif
	(void)fake_stack;
}

static void
switch_end(struct context *self)
{
#ifdef CONTEXT_ASAN
	struct context *from = self->from;

	__sanitizer_finish_switch_fiber(self->fake_stack, &from->stack, &from->stack_bytes);
#endif
	(void)self;
}

#ifdef DVARA_UCONTEXT

/* makecontext() hands over int arguments only: a pointer goes in two halves. */
static void
first_run_halves(unsigned high, unsigned low)
{
	first_run((void *)((uintptr_t)high << 16 << 16 | low));
}

static void
registers_make(struct context *context, void (*fn)(void *), void *arg)
{
	uintptr_t at = (uintptr_t)arg;

	(void)fn;
	getcontext(&context->registers);
	context->registers.uc_stack.ss_sp = (void *)(uintptr_t)context->stack;
	context->registers.uc_stack.ss_size = context->stack_bytes;
	context->registers.uc_link = NULL;
	makecontext(&context->registers, (void (*)(void))first_run_halves, 2,
	    (unsigned)(at >> 16 >> 16), (unsigned)at);
}

static void
registers_switch(struct context *from, struct context *to)
{
	swapcontext(&from->registers, &to->registers);
}

#else

void context_jump(void **ret_sp, void *sp) __attribute__((visibility("hidden")));
void context_first(void) __attribute__((visibility("hidden")));

static void
registers_switch(struct context *from, struct context *to)
{
	context_jump(&from->sp, to->sp);
}

#if defined(__x86_64__)

__asm__(".text\n"
	".p2align 4\n"
	".globl context_jump, context_first\n"
	".hidden context_jump, context_first\n"
	".type context_jump, @function\n"
	".type context_first, @function\n"
	"context_jump:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size context_jump, .-context_jump\n"
	"context_first:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined rip\n"
	"	endbr64\n"
	"	movq %r12, %rdi\n"
	"	callq *%r13\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size context_first, .-context_first\n");

/* As context_jump() leaves them: r15 r14 r13 r12 rbx rbp, and where to return. */
static void
registers_make(struct context *context, void (*fn)(void *), void *arg)
{
	uintptr_t top = ((uintptr_t)context->stack + context->stack_bytes) & ~(uintptr_t)15;
	uint64_t *sp = (uint64_t *)top - 9;

	memset(sp, 0, 9 * sizeof(*sp));
	sp[2] = (uintptr_t)fn;
	sp[3] = (uintptr_t)arg;
	sp[6] = (uintptr_t)context_first;
	/* seven are popped; the two that stay keep the stack aligned for a call */
	context->sp = sp;
}

#else /* aarch64 */

__asm__(".text\n"
	".p2align 4\n"
	".globl context_jump, context_first\n"
	".hidden context_jump, context_first\n"
	".type context_jump, %function\n"
	".type context_first, %function\n"
	"context_jump:\n"
	"	.cfi_startproc\n"
	"	hint #34\n" /* bti c */
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size context_jump, .-context_jump\n"
	"context_first:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined x30\n"
	"	hint #36\n" /* bti j */
	"	mov x0, x19\n"
	"	blr x20\n"
	"	brk #1\n"
	"	.cfi_endproc\n"
	".size context_first, .-context_first\n");

/* As context_jump() leaves them: x19 x20 … x29 x30, then d8 to d15. */
static void
registers_make(struct context *context, void (*fn)(void *), void *arg)
{
	uintptr_t top = ((uintptr_t)context->stack + context->stack_bytes) & ~(uintptr_t)15;
	uint64_t *sp = (uint64_t *)top - 20;

	memset(sp, 0, 20 * sizeof(*sp));
	sp[0] = (uintptr_t)arg;
	sp[1] = (uintptr_t)fn;
	sp[11] = (uintptr_t)context_first;
	context->sp = sp;
}

#endif
#endif
