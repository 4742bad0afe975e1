/* Log channels (-d), formatting without stdio, and the two ways to end: die() and bug(). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

#include "base/types.h"

/* name, what `-d help` says. The order is the order of enum log_channel. */
#define LOG_CHANNELS(X)                                                                            \
    X(in_asm, "guest instructions of each block as it is translated")                              \
    X(op, "IR of each block as lifted")                                                            \
    X(op_opt, "IR after optimisation")                                                             \
    X(out_asm, "host code of each block")                                                          \
    X(exec, "every entry into generated code")                                                     \
    X(cpu, "guest registers at every entry into generated code")                                   \
    X(int, "faults and signals")                                                                   \
    X(page, "changes of the guest's address space")                                                \
    X(loader, "how the program was laid out in memory")                                            \
    X(strace, "system calls with arguments and results")                                           \
    X(unimp, "what the guest asked for and ferry does not do")                                     \
    X(cache, "code cache: flushes, invalidations")                                                 \
    X(stats, "counters, printed when the guest ends")                                              \
    X(crash, "where the guest was and what it did when it dies of a fault")                                              \
    X(hang, "where each thread is, whenever SIGRTMAX arrives, which is then ferry's")               \
    X(nochain, "not a log: do not link blocks, so that exec shows each one")

enum log_channel {
#define LOG_ENUM(name, help) LOG_##name,
    LOG_CHANNELS(LOG_ENUM)
#undef LOG_ENUM
        LOG_CHANNEL_COUNT
};

/* Bit set of enabled channels; read it through log_on(). */
extern u32 log_mask;

static inline bool log_on(enum log_channel ch)
{
    return unlikely(log_mask & BIT(ch));
}

/* Writes one formatted piece of text to the log if CH is on, with one write(2). No newline is
 * added. Text past 4 KiB is cut. Safe in a signal handler. */
void log_printf(enum log_channel ch, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes LEN bytes as they are to the log. */
void log_write(const void *data, size_t len);

/* Enables the channels of LIST ("a,b,c", as after -d without the :FILE part). Returns 0, or -EINVAL
 * with *BAD at the name nobody knows and *BAD_LEN its length. */
int log_enable(const char *list, const char **bad, size_t *bad_len);

/* Sends the log to FILE instead of standard error; FILE is emptied first unless APPEND. `%d` in
 * FILE becomes the process id. Returns 0 or -errno. FILE must stay valid. */
int log_open(const char *file, bool append);

/* The descriptor the log writes to (2 when it is standard error): the guest must not close it. */
int log_fd(void);

/* Ends the process with EXIT_CODE after "ferry: " + the text + newline on standard error: for what
 * the user can put right. Say what is wrong and what to do, in one line. */
NORETURN COLD void die(int exit_code, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* For a state that only a mistake in ferry can bring about: prints and aborts. */
NORETURN COLD void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
#define ASSERT(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(!(cond))) {                                                                   \
            bug("assertion failed: %s", #cond);                                                    \
        }                                                                                          \
    } while (0)
/* Costs nothing unless built with --enable-debug-checks. */
#ifdef FERRY_DEBUG_CHECKS
#define DEBUG_ASSERT(cond) ASSERT(cond)
#else
#define DEBUG_ASSERT(cond) ((void)sizeof(!!(cond)))
#endif

/* A bounded text being built in memory of the caller's; always NUL terminated when CAP > 0. */
struct strbuf {
    char *data;
    size_t len, cap; /* LEN excludes the NUL and never reaches CAP */
};

#define STRBUF_ON(array) ((struct strbuf){.data = (array), .len = 0, .cap = sizeof(array)})

/* Append to SB; what does not fit is cut. The formats: d i u x X c s p %, with - 0 + space # width
 * .precision * and the length modifiers hh h l ll z j t. No floating point. */
void sb_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sb_vprintf(struct strbuf *sb, const char *fmt, va_list ap);
void sb_putc(struct strbuf *sb, char c);
void sb_puts(struct strbuf *sb, const char *s);
void sb_write(struct strbuf *sb, const char *s, size_t len);

/* As snprintf, with the formats of sb_printf. Returns the length stored. */
size_t fmt_snprintf(char *buf, size_t cap, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "EINVAL" and "Invalid argument" for a positive errno; never NULL. */
const char *errno_name(int err);
const char *errno_text(int err);

#endif
