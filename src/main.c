/* ferry: start a guest program. Options, then the layers from the bottom up, then the loop. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "arch.h"
#include "base/options.h"
#include "cli/cli.h"
#include "debug/debug.h"
#include "loader/loader.h"
#include "run.h"
#include "syscall/syscall.h"

#define START_ARENA 4096u /* bytes; what a start needs, and strings of options */

static struct options options;
static struct cli_program *run_command; /* `ferry run` leaves this program to us */

/* A program that ferry has to run, where it is executed by another. */
static bool is_guest(u16 e_machine)
{
    const struct arch *a = arch_by_machine(e_machine);
    return a && strcmp(a->name, arch_host()->name) != 0;
}

static void on_mem_change(gaddr lo, gaddr hi)
{
    if (process.ex) {
        exec_invalidate(process.ex, lo, hi);
    }
}

/* -host: which of the host's features may be used. */
static u32 feature_mask(const char *level)
{
    if (!level || strcmp(level, "max") == 0) {
        return ~0u;
    }
    if (strcmp(level, "avx2") == 0) {
        return ~(u32)(HOST_AVX512VL | HOST_GFNI | HOST_SHA);
    }
    if (strcmp(level, "sse4.1") == 0) {
        return HOST_FSGSBASE;
    }
    die(1, "unknown host level '%s'; there are sse4.1, avx2 and max", level);
}

/* -fp-check: invalid operations that may trap before code checks for NaNs. A trap takes as long as
 * about a thousand checks. */
static u32 fp_traps(const char *when)
{
    if (!when) {
        return 1000;
    }
    if (strcmp(when, "always") == 0) {
        return 0;
    }
    if (strcmp(when, "never") == 0) {
        return ~0u;
    }
    die(1, "cannot check floating point '%s'; there are always and never", when);
}

/* -cpu: what the guest's programs may use. */
static u64 cpu_features(const struct arch *arch)
{
    u64 features;
    if (!arch->guest->cpu_model(options.cpu, &features)) {
        die(1, "unknown CPU model '%s' for %s; try -cpu help", options.cpu, arch->name);
    }
    return features;
}

static u64 features_of(u16 e_machine)
{
    return cpu_features(arch_by_machine(e_machine));
}

/* Where translations are kept; NULL: nowhere. A program with more rights than its user has trusts
 * no files. */
static const char *cache_dir(char **envp, bool secure)
{
    if (secure) {
        return NULL;
    }
    if (options.cache_dir) {
        return strcmp(options.cache_dir, "none") == 0 ? NULL : options.cache_dir;
    }
    for (; *envp; envp++) {
        if (strncmp(*envp, "XDG_CACHE_HOME=/", 16) == 0) {
            size_t len = strlen(*envp + 15);
            char *path = arena_alloc(&options.arena, len + sizeof("/ferry"));
            memcpy(path, *envp + 15, len);
            memcpy(path + len, "/ferry", sizeof("/ferry"));
            return path;
        }
    }
    return NULL;
}

/* How often code is interpreted before it is translated, BY_DEFAULT if nothing is asked for. */
static u8 cold_runs(u8 by_default)
{
    bool watched = options.one_insn_per_tb || log_on(LOG_in_asm) || log_on(LOG_op) || log_on(LOG_out_asm) ||
                   log_on(LOG_exec) || log_on(LOG_cpu);
    if (options.hot) {
        return (u8)(MIN(options.hot, (u64)GUEST_PASSED) - 1); /* what a count can be */
    }
    return options.tier || watched ? 0 : by_default;
}

static struct exec_config exec_config_of(const struct arch *arch)
{
    return (struct exec_config){
        .guest = arch->guest,
        .host = arch_host(),
        .features = cpu_features(arch),
        .feature_mask = feature_mask(options.host_level),
        .fp_traps = fp_traps(options.fp_check),
        .cache_size = options.tb_cache_size,
        .one_insn = options.one_insn_per_tb,
        .tier = (unsigned)options.tier,
        .cold = cold_runs(2), /* with more cc1 takes up to 20 % longer */
        .cold_early = cold_runs(8), /* bash, grep and perl start in four fifths of the time */
        .no_chain = log_on(LOG_nochain),
        .disas = debug_disas,
    };
}

/* HEX: instruction words as a disassembler prints them, separated by commas. Where instructions may
 * have 2 bytes, a number of up to 4 digits is one of those. */
static size_t parse_words(const char *hex, bool short_words, u8 *out, size_t cap)
{
    size_t len = 0;
    while (*hex && len + 4 <= cap) {
        u32 word = 0;
        int digits = 0;
        for (; *hex && *hex != ','; hex++, digits++) {
            int c = *hex | 0x20;
            int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (v < 0) {
                die(1, "--explain: '%s' is not a hexadecimal number", hex);
            }
            word = word << 4 | (u32)v;
        }
        if (digits == 0 || digits > 8) {
            die(1, "--explain: an instruction of this guest is a number of up to 8 hexadecimal "
                   "digits");
        }
        memcpy(out + len, &word, 4);
        len += short_words && digits <= 4 ? 2 : 4;
        hex += *hex == ',';
    }
    return len;
}

static COLD int explain(void)
{
    const size_t cap = 1 << 20;
    struct strbuf sb = {.cap = cap, .data = pool_pages(cap)};
    u8 code[256] __attribute__((aligned(4096)));
    const struct arch *arch = arch_by_name(options.explain_guest);
    if (!arch) {
        char names[100];
        struct strbuf known = STRBUF_ON(names);
        for (unsigned i = 0; (arch = arch_at(i)); i++) {
            sb_printf(&known, "%s%s", i ? ", " : "", arch->name);
        }
        die(1, "--explain: unknown guest '%s'; ferry knows %s", options.explain_guest, names);
    }
    struct exec_config cfg = exec_config_of(arch);
    mem_init(47);
    size_t len = parse_words(options.explain_hex, arch->guest->insn_align < 2, code, sizeof(code));
    debug_filter_stdout();
    int ret = exec_explain(&cfg, code, len, &sb);
    raw_write(1, sb.data, sb.len);
    return ret;
}

static int cpu_help(void)
{
    char text[1024];
    struct strbuf sb = STRBUF_ON(text);
    const struct arch *arch;
    for (unsigned i = 0; (arch = arch_at(i)); i++) {
        sb_printf(&sb, "Available CPUs for %s programs:\n", arch->name);
        arch->guest->cpu_list(&sb);
    }
    raw_write(1, text, sb.len);
    return 0;
}

/* The kernel has started us for a program, by a registration with flag P. */
static bool by_kernel(void)
{
    enum { AT_FLAGS_PRESERVE_ARGV0 = 1 };
    return getauxval(AT_FLAGS) & AT_FLAGS_PRESERVE_ARGV0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The process's name: the last part of what was executed, be it a script or a link. For a
 * descriptor Linux takes the name of its file, without the mark of one that is gone. NULL: the
 * kernel has set it already. */
static const char *process_name(const struct loader_params *p, const struct loader_image *image)
{
    static char name[16];
    if (by_kernel()) {
        return NULL;
    }
    if (!options.execfd || !strchr(options.execfd, 'f')) {
        return last_part(p->path);
    }
    const char *file = last_part(image->exe_path);
    size_t len = strlen(file), mark = sizeof(" (deleted)") - 1;
    len -= len > mark && strcmp(file + len - mark, " (deleted)") == 0 ? mark : 0;
    fmt_snprintf(name, sizeof(name), "%.*s", (int)len, file);
    return name;
}

/* COMMAND with the words of ARGV behind it. Returns, with a program to run, or ends the process. */
static COLD void do_command(enum cli_command command, int argc, char **argv, char **envp,
                            struct loader_params *p)
{
    static struct cli_program program;
    if (command == CLI_DOCTOR) {
        raw_exit_group(cli_doctor(argc - 2, argv + 2));
    }
    program = cli_run(argc - 2, argv + 2, envp);
    run_command = &program;
    p->path = program.path;
    p->argv = program.argv;
}

/* Where the program is in ARGV, and what its own argv is. The kernel starts us (binfmt_misc) with
 * the path in argv[1] and, with flag P, the program's own argv[0] in argv[2]. */
static void find_program(int argc, char **argv, char **envp, struct loader_params *p)
{
    errno = 0;
    unsigned long fd = getauxval(AT_EXECFD);
    p->fd = fd == 0 && errno == ENOENT ? -1 : (int)fd;
    if (by_kernel() && argc >= 3) {
        options.program = 1;
        p->path = argv[1];
        p->argv = argv + 2;
        return;
    }
    /* Only bare words, and not what the kernel hands over open. */
    enum cli_command command = argc > 1 && p->fd < 0 ? cli_command(argv[1]) : CLI_NONE;
    if (command != CLI_NONE && !p->secure) {
        do_command(command, argc, argv, envp, p);
        return;
    }
    options_parse_argv(&options, argc, argv);
    if (options.action != OPTIONS_RUN) {
        return;
    }
    p->path = argv[options.program];
    p->argv = argv + options.program;
    if (options.execfd) {
        p->fd = (int)strtol(options.execfd, NULL, 10);
    }
    if (options.argv0) {
        p->argv[0] = (char *)(uintptr_t)options.argv0;
    }
}

static COLD int other_action(void)
{
    switch (options.action) {
    case OPTIONS_HELP:
        options_print_help();
        return 0;
    case OPTIONS_VERSION:
        options_print_version();
        return 0;
    case OPTIONS_LOG_HELP:
        options_print_channels();
        return 0;
    case OPTIONS_CPU_HELP:
        return cpu_help();
    case OPTIONS_EXPLAIN:
        return explain();
    case OPTIONS_RUN:
        break;
    }
    return 1;
}

/* The process's own, like OPTIONS. */
static struct debug_calls last_calls;

static s64 trace(int tid, const char *name, u64 nr, const char *signature, const u64 *args, s64 (*call)(void *),
                 void *arg)
{
    struct debug_call c = {.name = name, .sig = signature, .tid = tid};
    struct debug_strace s = {.name = name[0] ? name : NULL, .sig = signature, .nr = nr, .tid = tid, .read = mem_read};
    s.arm_open_flags = process.abi->open_flags_arm;
    memcpy(s.args, args, sizeof(s.args));
    memcpy(c.args, args, sizeof(c.args));
    if (log_on(LOG_strace)) {
        debug_strace_enter(&s);
    }
    struct thread *t = thread_self();
    t->call_traced = name[0] ? name : "a system call ferry does not know";
    c.ret = call(arg);
    t->call_traced = NULL;
    debug_note_call(&last_calls, &c);
    if (log_on(LOG_strace)) {
        debug_strace_exit(&s, c.ret);
    }
    return c.ret;
}

static void crashed(const struct thread *t, int signo, int code, u64 addr)
{
    debug_crash(t, signo, code, addr, &last_calls);
}

int main(int argc, char **argv, char **envp)
{
    static struct loader_image image;
    static struct loader_error error;
    static const char *child_options[64];
    struct loader_params p = {.fd = -1, .abi_of = arch_abi_of, .features_of = features_of};

    p.secure = getauxval(AT_SECURE) != 0;
    p.arena = &options.arena;
    arena_init_pool(p.arena, START_ARENA);
    options_parse_env(&options, envp, p.secure);
    find_program(argc, argv, envp, &p);
    if (options.action != OPTIONS_RUN) {
        return other_action();
    }
    options_start_log(&options);
    p.envp = options_guest_env(&options, envp);
    p.execfn = p.path;
    p.sysroot = options.ld_prefix;
    p.stack_size = options.stack_size;

    mem_init(47);
    mem_on_change = on_mem_change;
    if (!loader_load(&p, &image, &error)) {
        if (run_command && error.err == ENOEXEC) {
            cli_run_native(run_command, envp);
        }
        die(error.exit_code, "%s", error.text);
    }
    const struct arch *arch = arch_by_machine(image.e_machine);
    struct exec_config cfg = exec_config_of(arch);
    cfg.cache_dir = cache_dir(envp, p.secure);
    cfg.cache_limit = options.cache_limit ? options.cache_limit : 1ull << 30;
    cfg.share = !p.secure && !(options.cache_dir && strcmp(options.cache_dir, "none") == 0);
    cfg.share_fd = options.share_fd ? atoi(options.share_fd) : -1;
    static struct debug_perf perf; /* the process's own, like OPTIONS */
    perf.map = options.perfmap;
    perf.dump = options.jitdump;
    if (perf.map || perf.dump) {
        cfg.on_text = debug_perf_text;
        cfg.on_text_arg = &perf;
    }
    struct exec *ex = exec_create(&cfg);
    process.abi = arch->abi;
    process.features = cfg.features;
    process.run = run_thread;
    process.crashed = crashed;
    process.where = log_on(LOG_hang) ? debug_where : NULL;
    process.sigreturn = image.sigreturn;
    struct thread *t = thread_init(ex);
    signal_init(t);
    struct sys_config sys = {
        .sysroot = options.ld_prefix,
        .uname_release = options.uname_release,
        .image = &image,
        .name = process_name(&p, &image),
        .child_options = child_options,
        .child_option_count = options_for_child(&options, child_options, ARRAY_LEN(child_options)),
        .is_guest = is_guest,
        .secure = p.secure,
        .trace = trace,
    };
    sys_init(&sys);
    arch->abi->start(t->cpu, image.entry, image.sp);
    run_thread(t);
}
