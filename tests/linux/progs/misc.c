// System calls that fit nowhere else: randomness, scheduling, pseudo terminals, System V and POSIX
// IPC, ids, clocks.
#include "t.h"
#include <grp.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <termios.h>

static void terminal(void)
{
    int m = posix_openpt(O_RDWR | O_NOCTTY);
    if (m < 0) {
        say("no pty");
        return;
    }
    SHOW(grantpt(m));
    SHOW(unlockpt(m));
    int s = open(ptsname(m), O_RDWR | O_NOCTTY);
    TRUE(isatty(s));
    struct termios t;
    SHOW(tcgetattr(s, &t));
    say("flags %o %o %o %o speed %ld eof %d", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag,
        (long)cfgetospeed(&t), t.c_cc[VEOF]);
    cfmakeraw(&t);
    SHOW(tcsetattr(s, TCSANOW, &t));
    struct winsize w = {33, 111, 0, 0}, v = {0};
    SHOW(ioctl(m, TIOCSWINSZ, &w));
    SHOW(ioctl(s, TIOCGWINSZ, &v));
    say("window %d x %d", v.ws_row, v.ws_col);
    SHOW(write(m, "typed\n", 6));
    char b[20] = "";
    SHOW(read(s, b, sizeof b));
    int n = -1;
    SHOW(ioctl(s, TIOCOUTQ, &n));
    SHOW(ioctl(s, 0xdeadL, &n));
    close(s);
    close(m);
}

static void system_v(void)
{
    int id = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);
    int *m = shmat(id, NULL, 0);
    TRUE(m != (void *)-1);
    struct shmid_ds ds;
    SHOW(shmctl(id, IPC_STAT, &ds));
    say("size %ld attached %ld mode %o mine %d", (long)ds.shm_segsz, (long)ds.shm_nattch,
        ds.shm_perm.mode, ds.shm_cpid == getpid());
    if (fork() == 0) {
        m[0] = 99;
        _exit(0);
    }
    wait(NULL);
    say("shared %d", m[0]);
    SHOW(shmdt(m));
    SHOW(shmctl(id, IPC_RMID, NULL));
    int sem = semget(IPC_PRIVATE, 2, 0600);
    union {
        int val;
        struct semid_ds *buf;
        unsigned short *array;
    } arg;
    arg.array = (unsigned short[]){3, 4};
    SHOW(semctl(sem, 0, SETALL, arg));
    struct sembuf op[2] = {{0, -2, 0}, {1, 1, 0}};
    SHOW(semop(sem, op, 2));
    say("values %d %d", semctl(sem, 0, GETVAL), semctl(sem, 1, GETVAL));
    struct sembuf no = {0, -9, IPC_NOWAIT};
    SHOW(semop(sem, &no, 1));
    struct semid_ds sd;
    arg.buf = &sd;
    SHOW(semctl(sem, 0, IPC_STAT, arg));
    say("count %ld mode %o", (long)sd.sem_nsems, sd.sem_perm.mode);
    SHOW(semctl(sem, 0, IPC_RMID));
    int q = msgget(IPC_PRIVATE, 0600);
    struct {
        long type;
        char text[16];
    } msg = {7, "message"};
    SHOW(msgsnd(q, &msg, 8, 0));
    memset(&msg, 0, sizeof msg);
    SHOW(msgrcv(q, &msg, 16, 7, 0));
    say("type %ld %s", msg.type, msg.text);
    SHOW(msgrcv(q, &msg, 16, 0, IPC_NOWAIT));
    struct msqid_ds md;
    SHOW(msgctl(q, IPC_STAT, &md));
    say("queued %ld", (long)md.msg_qnum);
    SHOW(msgctl(q, IPC_RMID, NULL));
}

static void posix_queue(void)
{
    char name[40], b[64] = "";
    unsigned prio = 0;
    snprintf(name, sizeof name, "/ft%d", getpid());
    struct mq_attr at = {.mq_maxmsg = 4, .mq_msgsize = 64};
    mqd_t q = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &at);
    if (q < 0) {
        say("no mqueue");
        return;
    }
    SHOW(mq_send(q, "low", 3, 1));
    SHOW(mq_send(q, "high", 4, 9));
    SHOW(mq_receive(q, b, sizeof b, &prio));
    say("%s %u", b, prio);
    SHOW(mq_getattr(q, &at));
    say("max %ld size %ld now %ld nonblock %d", at.mq_maxmsg, at.mq_msgsize, at.mq_curmsgs,
        !!(at.mq_flags & O_NONBLOCK));
    SHOW(mq_unlink(name));
}

static void clocks(void)
{
    struct timespec r, a, b;
    SHOW(clock_getres(CLOCK_MONOTONIC, &r));
    say("resolution %ld", r.tv_nsec);
    clock_gettime(CLOCK_MONOTONIC, &a);
    struct timespec until = a;
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    clock_gettime(CLOCK_MONOTONIC, &b);
    TRUE((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec >= 20000000);
    SHOW(clock_nanosleep(99, 0, &until, NULL));
    struct timespec bad = {0, 1000000000};
    SHOW(nanosleep(&bad, NULL));
    clockid_t c;
    SHOW(clock_getcpuclockid(0, &c));
    SHOW(clock_gettime(c, &a));
    struct timex tx = {0};
    TRUE(adjtimex(&tx) >= 0 && tx.time.tv_sec > 1600000000);
}

int main(void)
{
    char b[32] = {0};
    SHOW(getrandom(b, 32, 0));
    TRUE(memcmp(b, (char[32]){0}, 32) != 0);
    SHOW(getrandom(b, 32, 0x1000));
    struct sysinfo si;
    SHOW(sysinfo(&si));
    TRUE(si.totalram * si.mem_unit > (100ul << 20) && si.procs > 0);
    say("max prio fifo %d other %d", sched_get_priority_max(SCHED_FIFO),
        sched_get_priority_max(SCHED_OTHER));
    struct sched_param sp = {0};
    SHOW(sched_getparam(0, &sp));
    struct timespec rr;
    SHOW(sched_rr_get_interval(0, &rr));
    SHOW(getgroups(0, NULL) >= 0);
    uid_t r, e, s;
    SHOW(getresuid(&r, &e, &s));
    TRUE(r == getuid() && e == geteuid());
    SHOW(setuid(getuid()));
    SHOW(setregid(-1, getegid()));
    TRUE(gethostname(b, 3) == 0 || errno == ENAMETOOLONG);
    char host[65];
    SHOW(gethostname(host, sizeof host));
    SHOW(syscall(SYS_membarrier, 0, 0, 0) >= 0);
    SHOW(syscall(SYS_personality, 0xffffffffl));
    SHOW(syscall(SYS_getpriority, 0, 0));
    SHOW(syscall(SYS_kcmp, getpid(), getpid(), 0, 1, 1) >= -1);
    terminal();
    system_v();
    posix_queue();
    clocks();
    return 0;
}
