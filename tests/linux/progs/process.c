// Processes: fork, vfork's shared memory, posix_spawn's errors, wait in all its forms, groups,
// timers, limits.
#include "t.h"
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

extern char **environ;

static void forking(void)
{
    int value = 1;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        value = 2;
        TRUE(getppid() == parent && getpid() != parent);
        _exit(value);
    }
    say("child %s, value here %d", status_text(wait_for(pid)), value);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            _exit(i * 10);
        }
    }
    int sum = 0, status, n = 0;
    while (wait(&status) > 0) {
        sum += WEXITSTATUS(status);
        n++;
    }
    say("children %d sum %d errno %d", n, sum, errno);
}

// The child of vfork shares our memory and we do not run until it is gone.
static void vforking(void)
{
    static volatile int shared;
    static volatile double finished;
    double t0 = now_s();
    pid_t pid = vfork();
    if (pid == 0) {
        shared = 77;
        struct timespec ts = {0, 50000000};
        syscall(SYS_nanosleep, &ts, NULL);
        finished = 1;
        _exit(5);
    }
    say("shared %d finished %d blocked %d", shared, finished == 1, now_s() - t0 >= 0.049);
    say("vfork child %s", status_text(wait_for(pid)));
    pid = vfork();
    if (pid == 0) {
        execl("/nowhere/at/all", "x", NULL);
        shared = errno;
        _exit(6);
    }
    say("exec in vfork child failed with %d, %s", shared, status_text(wait_for(pid)));
    pid = vfork();
    if (pid == 0) {
        syscall(SYS_kill, getpid(), SIGKILL);
    }
    say("killed vfork child %s", status_text(wait_for(pid)));
}

static void spawning(const char *self)
{
    pid_t pid;
    char *args[] = {(char *)self, "exit", "9", NULL}, *none[] = {"x", NULL};
    say("posix_spawn missing file %d", posix_spawn(&pid, "./missing", NULL, NULL, none, environ));
    say("posix_spawn directory %d", posix_spawn(&pid, ".", NULL, NULL, none, environ));
    close(open("plain", O_CREAT | O_WRONLY, 0644));
    say("posix_spawn no permission %d", posix_spawn(&pid, "./plain", NULL, NULL, none, environ));
    posix_spawn_file_actions_t fa;
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 1, "spawn.out", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    posix_spawnattr_t at;
    posix_spawnattr_init(&at);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    posix_spawnattr_setsigmask(&at, &mask);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    say("posix_spawn self %d", posix_spawn(&pid, self, &fa, &at, args, environ));
    say("spawned %s", status_text(wait_for(pid)));
    struct stat st;
    SHOW(stat("spawn.out", &st));
    say("output size %ld", (long)st.st_size);
    int status = system("exit 13");
    say("system %s", status_text(status));
    FILE *f = popen("echo from popen", "r");
    char line[64] = "";
    if (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
    }
    say("popen: %s, %s", line, status_text(pclose(f)));
}

static void waiting(void)
{
    siginfo_t si;
    memset(&si, 0, sizeof si);
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(4);
    }
    int status;
    SHOW(waitid(P_PID, pid, &si, WSTOPPED | WNOWAIT));
    say("code %d status %d signo %d mine %d", si.si_code, si.si_status, si.si_signo,
        si.si_pid == pid);
    TRUE(waitpid(pid, &status, WUNTRACED) == pid);
    say("%s", status_text(status));
    SHOW(waitpid(pid, &status, WNOHANG));
    kill(pid, SIGCONT);
    TRUE(waitpid(pid, &status, WCONTINUED | WUNTRACED) == pid);
    say("continued or gone %d", WIFCONTINUED(status) || WIFEXITED(status));
    while (!WIFEXITED(status) && waitpid(pid, &status, 0) == pid) {
    }
    say("%s", status_text(status));
    SHOW(waitpid(pid, &status, 0));
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        pause();
        _exit(0);
    }
    setpgid(pid, pid);
    TRUE(getpgid(pid) == pid);
    SHOW(kill(-pid, SIGTERM));
    struct rusage ru;
    TRUE(wait4(-pid, &status, 0, &ru) == pid);
    say("%s, cpu time sane %d", status_text(status), ru.ru_utime.tv_sec < 100);
    pid = fork();
    if (pid == 0) {
        TRUE(setsid() == getpid());
        TRUE(getsid(0) == getpid() && getpgrp() == getpid());
        _exit(0);
    }
    wait_for(pid);
}

static volatile sig_atomic_t alarms;
static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

static void times_and_limits(void)
{
    signal(SIGALRM, on_alarm);
    struct itimerval it = {{0, 2000}, {0, 2000}}, old;
    SHOW(setitimer(ITIMER_REAL, &it, NULL));
    while (alarms < 5) {
        pause();
    }
    memset(&it, 0, sizeof it);
    SHOW(setitimer(ITIMER_REAL, &it, &old));
    say("interval %ld", (long)old.it_interval.tv_usec);
    SHOW(alarm(100));
    say("alarm left more than 90: %d", alarm(0) > 90);
    signal(SIGVTALRM, on_alarm);
    alarms = 0;
    it.it_value.tv_usec = 10000;
    setitimer(ITIMER_VIRTUAL, &it, NULL);
    volatile unsigned long spin = 0;
    double t0 = now_s();
    while (!alarms && now_s() - t0 < 20) {
        spin++;
    }
    say("virtual timer %d", (int)alarms);
    struct rlimit rl;
    SHOW(getrlimit(RLIMIT_NOFILE, &rl));
    rl.rlim_cur = 40;
    SHOW(setrlimit(RLIMIT_NOFILE, &rl));
    rl.rlim_cur = 0;
    SHOW(prlimit(0, RLIMIT_NOFILE, NULL, &rl));
    say("limit %ld", (long)rl.rlim_cur);
    int fd, last = -1;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0) {
        last = fd;
    }
    say("last descriptor %d errno %d", last, errno);
    rl.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &rl);
    for (fd = 3; fd < 40; fd++) {
        close(fd);
    }
    SHOW(setpriority(PRIO_PROCESS, 0, 5));
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(nice(2));
    struct tms tms;
    TRUE(times(&tms) > 0 && tms.tms_utime >= 0);
    struct rusage ru;
    SHOW(getrusage(RUSAGE_SELF, &ru));
    TRUE(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 5000);
    SHOW(prctl(PR_SET_NAME, "renamed-thread-long-name"));
    char name[17] = "";
    SHOW(prctl(PR_GET_NAME, name));
    say("name %s", name);
    SHOW(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    int sig = 0;
    SHOW(prctl(PR_GET_PDEATHSIG, &sig));
    say("death signal %d", sig);
    SHOW(prctl(PR_SET_DUMPABLE, 1));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
    SHOW(prctl(12345, 1));
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "exit")) {
        sigset_t mask;
        sigprocmask(SIG_BLOCK, NULL, &mask);
        say("mask usr2 %d own group %d", sigismember(&mask, SIGUSR2), getpgrp() == getpid());
        return atoi(argv[2]);
    }
    forking();
    vforking();
    spawning(argv[0]);
    waiting();
    times_and_limits();
    return 0;
}
