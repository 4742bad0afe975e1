/* Commands of ferry: the words run and doctor as its first argument. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <string.h>

#include "base/types.h"

enum cli_command {
    CLI_NONE,
    CLI_RUN,
    CLI_DOCTOR,
};

/* The command that WORD, ferry's first argument, is. A command is a bare word: ./run is a program.
 * Here, because every start asks, and a call would touch one more page. */
static inline enum cli_command cli_command(const char *word)
{
    switch (word[0]) {
    case 'r':
        return word[1] == 'u' && word[2] == 'n' && !word[3] ? CLI_RUN : CLI_NONE;
    case 'd':
        return strcmp(word, "doctor") == 0 ? CLI_DOCTOR : CLI_NONE;
    default:
        return CLI_NONE;
    }
}

/* What `ferry run` leaves to do. */
struct cli_program {
    char *path;               /* where the program was found */
    char **argv;              /* its own */
    const char *unregistered; /* why ferry is not registered; NULL: nobody wanted it to be */
};

/* `ferry run` with the ARGC words at ARGV, which follow it. Sets up namespaces and becomes the
 * program; returns only where foreign programs must be started by ferry itself, with the program
 * that is to be run in this process. Dies, exit 125, when what was asked for cannot be had; 126 or
 * 127 as a shell does for the program. */
struct cli_program cli_run(int argc, char **argv, char **envp);

/* Becomes P if this machine can run it, else returns. */
void cli_run_native(const struct cli_program *p, char **envp);

/* `ferry doctor` with the words at ARGV, which follow it: prints its report; the exit status. */
int cli_doctor(int argc, char **argv);

#endif
