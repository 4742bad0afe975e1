// Runs rows through the runner under an emulator and compares the results.
//
//   rowcheck [--fill OUT] RUNNER FILE.rows... -- EMULATOR [ARG...]
//
// --fill writes the rows with the results as the expected state instead of comparing.
#include "rows.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_MS = 20000 };

struct rows {
    struct row *row;
    size_t n, cap;
};

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "rowcheck: %s %s\n", what, detail);
    exit(2);
}

static void load_file(struct rows *rows, const char *name)
{
    static char line[65536];
    FILE *f = fopen(name, "r");
    int number = 0;
    if (!f) {
        die("cannot open", name);
    }
    while (fgets(line, sizeof(line), f)) {
        char *bad = NULL;
        number++;
        if (rows->n == rows->cap) {
            rows->cap = rows->cap ? rows->cap * 2 : 1024;
            rows->row = realloc(rows->row, rows->cap * sizeof(*rows->row));
            if (!rows->row) {
                die("out of memory reading", name);
            }
        }
        struct row *row = &rows->row[rows->n];
        int got = row_parse(line, row, &bad);
        if (got < 0) {
            fprintf(stderr, "%s:%d: cannot read: %s\n", name, number, bad);
            exit(2);
        }
        row->file = name;
        row->line = number;
        rows->n += got > 0;
    }
    fclose(f);
}

// The inputs of all rows in an unlinked temporary file.
static int write_inputs(const struct rows *rows)
{
    FILE *f = tmpfile();
    if (!f) {
        die("cannot create a temporary file:", strerror(errno));
    }
    for (size_t i = 0; i < rows->n; i++) {
        if (fwrite(&rows->row[i].in, sizeof(struct row_in), 1, f) != 1) {
            die("cannot write the temporary file:", strerror(errno));
        }
    }
    if (fflush(f)) {
        die("cannot write the temporary file:", strerror(errno));
    }
    return fileno(f);
}

static pid_t start(int in_fd, size_t first, char **argv, int *out_fd)
{
    int pipe_fd[2];
    if (pipe(pipe_fd) || lseek(in_fd, (off_t)(first * sizeof(struct row_in)), SEEK_SET) < 0) {
        die("cannot start the emulator:", strerror(errno));
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        die("cannot fork:", strerror(errno));
    }
    if (pid == 0) {
        dup2(in_fd, 0);
        dup2(pipe_fd[1], 1);
        close(pipe_fd[0]);
        close(pipe_fd[1]);
        execvp(argv[0], argv);
        fprintf(stderr, "rowcheck: cannot run %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(pipe_fd[1]);
    *out_fd = pipe_fd[0];
    return pid;
}

// Reads results until the emulator ends or hangs. Returns how many were read; *hung says why.
static size_t collect(int fd, struct row_out *out, size_t max, int *hung)
{
    size_t bytes = 0, want = max * sizeof(*out);
    *hung = 0;
    while (bytes < want) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, HANG_MS) == 0) {
            *hung = 1;
            break;
        }
        ssize_t r = read(fd, (char *)out + bytes, want - bytes);
        if (r <= 0) {
            break;
        }
        bytes += (size_t)r;
    }
    return bytes / sizeof(*out);
}

static void describe_end(const struct row *row, int status, int hung)
{
    printf("FAIL %s:%d: %s\n    the emulator ", row->file, row->line, row->text);
    if (hung) {
        printf("hung\n");
    } else if (WIFSIGNALED(status)) {
        printf("died by signal %d\n", WTERMSIG(status));
    } else {
        printf("exited with status %d\n", WEXITSTATUS(status));
    }
}

// Runs all rows, restarting behind a row that ends the emulator. done[i] = 1 where a result exists.
static size_t run_all(const struct rows *rows, char **argv, struct row_out *out, char *done)
{
    int in_fd = write_inputs(rows);
    size_t first = 0, lost = 0, lost_at_once = 0;
    while (first < rows->n) {
        int fd, hung, status;
        pid_t pid = start(in_fd, first, argv, &fd);
        size_t n = collect(fd, out + first, rows->n - first, &hung);
        if (hung) {
            kill(pid, SIGKILL);
        }
        close(fd);
        waitpid(pid, &status, 0);
        memset(done + first, 1, n);
        first += n;
        if (first < rows->n) {
            describe_end(&rows->row[first++], status, hung);
            lost++;
            lost_at_once = n ? 0 : lost_at_once + 1;
        }
        if (lost_at_once == 20) {
            printf("FAIL 20 rows in a row ended the emulator; %zu rows not run\n", rows->n - first);
            return lost + rows->n - first;
        }
    }
    return lost;
}

static int check(const struct rows *rows, const struct row_out *out, const char *done,
                 size_t failed)
{
    size_t passed = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *row = &rows->row[i];
        if (!done[i]) {
            continue;
        }
        if (!row->has_want) {
            printf("FAIL %s:%d: %s\n    has no expected state\n", row->file, row->line, row->text);
            failed++;
            continue;
        }
        if (!memcmp(&row->want, &out[i], sizeof(*out))) {
            passed++;
            continue;
        }
        struct row_in base;
        row_default(&base);
        printf("FAIL %s:%d: ", row->file, row->line);
        row_print_code(stdout, &row->in);
        printf(" %s\n    before", row->text);
        row_print_in(stdout, &base, &row->in);
        printf("\n");
        row_diff(stdout, &row->want, &out[i]);
        failed++;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || !passed;
}

static int fill(const struct rows *rows, const struct row_out *out, const char *done,
                const char *name)
{
    FILE *f = fopen(name, "w");
    if (!f) {
        die("cannot write", name);
    }
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *row = &rows->row[i];
        struct row_in base;
        if (!done[i]) {
            die("no result for", row->text);
        }
        row_default(&base);
        row_print_code(f, &row->in);
        fprintf(f, " %s |", row->text);
        row_print_in(f, &base, &row->in);
        fprintf(f, " |");
        long here = ftell(f);
        row_print_out(f, &row->in, &out[i]);
        fprintf(f, ftell(f) == here ? " -\n" : "\n");
    }
    return fclose(f) ? 2 : 0;
}

int main(int argc, char **argv)
{
    struct rows rows = {0};
    const char *fill_name = NULL;
    int i = 1;
    if (argc > 2 && !strcmp(argv[1], "--fill")) {
        fill_name = argv[2];
        i = 3;
    }
    char *runner = i < argc ? argv[i++] : NULL;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        load_file(&rows, argv[i]);
    }
    int nemu = argc - i - 1;
    if (!runner || nemu < 1 || !rows.n) {
        die("usage: rowcheck [--fill OUT] RUNNER FILE.rows... --", "EMULATOR [ARG...]");
    }
    char **emu = calloc((size_t)nemu + 2, sizeof(*emu));
    struct row_out *out = calloc(rows.n, sizeof(*out));
    char *done = calloc(rows.n, 1);
    if (!emu || !out || !done) {
        die("out of memory", "");
    }
    memcpy(emu, argv + i + 1, (size_t)nemu * sizeof(*emu));
    emu[nemu] = runner;
    size_t lost = run_all(&rows, emu, out, done);
    return fill_name ? fill(&rows, out, done, fill_name) : check(&rows, out, done, lost);
}
