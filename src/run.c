/* The loop of one guest thread: run, and answer the reason it stopped for. */
#include "run.h"

#include "signal/signal.h"
#include "syscall/syscall.h"

NORETURN void run_thread(struct thread *t)
{
    struct exec *ex = process.ex;
    for (;;) {
        switch (exec_run(ex, t->cpu)) {
        case EXEC_SYSCALL:
            sys_call(t);
            break;
        case EXEC_FAULT:
            signal_fault(t, t->cpu->fault.signo, t->cpu->fault.code, t->cpu->fault.addr);
            break;
        case EXEC_SIGNAL:
            signal_deliver(t, false, false);
            break;
        default:
            bug("exec_run stopped for reason %u", t->cpu->exit_reason);
        }
    }
}
