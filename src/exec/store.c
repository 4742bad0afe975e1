/* Where images of translations are kept: a directory of the user's with a file for each image, or
 * else memory that a process shares with those it starts, and they with theirs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "exec/priv.h"

/* Opens the cache directory, which nobody else may write to: what is in it will be executed. */
static int open_dir(const struct exec *ex, bool make)
{
    const char *path = ex->cfg.cache_dir;
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    long fd = raw_openat(AT_FDCWD, path, flags, 0);
    if (fd == -ENOENT && make) {
        raw_syscall(__NR_mkdirat, AT_FDCWD, RAW_PTR(path), 0700);
        fd = raw_openat(AT_FDCWD, path, flags, 0);
    }
    if (fd < 0) {
        log_printf(LOG_cache, "cache directory %s: %s\n", path, errno_text((int)-fd));
        return -1;
    }
    struct stat st;
    if (raw_fstat((int)fd, &st) < 0 || st.st_uid != (uid_t)raw_syscall(__NR_geteuid) || (st.st_mode & 022)) {
        log_printf(LOG_cache, "cache directory %s: not used, others can write to it\n", path);
        raw_close((int)fd);
        return -1;
    }
    return (int)fd;
}

struct name {
    char text[64];
};

static struct name name_of(const u64 key[2], int pid)
{
    struct name n;
    struct strbuf sb = STRBUF_ON(n.text);
    sb_printf(&sb, pid ? "%016llx%016llx.%d" : "%016llx%016llx", (unsigned long long)key[0],
              (unsigned long long)key[1], pid);
    return n;
}

static bool dir_open(const struct exec *ex, const u64 key[2], struct store_file *f)
{
    int dir = open_dir(ex, false);
    if (dir < 0) {
        return false;
    }
    struct stat st;
    long fd = raw_openat(dir, name_of(key, 0).text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    raw_close(dir);
    if (fd < 0) {
        return false;
    }
    *f = (struct store_file){.fd = (int)fd};
    if (raw_fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
        raw_close(f->fd);
        return false;
    }
    f->len = (u64)st.st_size;
    return true;
}

static u64 total(const struct iovec *pieces, int count)
{
    u64 len = 0;
    for (int i = 0; i < count; i++) {
        len += pieces[i].iov_len;
    }
    return len;
}

static bool write_all(int fd, const u8 *p, u64 len)
{
    while (len) {
        long n = raw_write(fd, p, len);
        if (n <= 0) {
            log_printf(LOG_cache, "writing a file of translations: %s\n", errno_text((int)-n));
            return false;
        }
        p += n;
        len -= (u64)n;
    }
    return true;
}

struct oldest {
    char name[64];
    s64 time;
    u64 total; /* bytes of all files */
};

static void look_at(int dir, const char *name, struct oldest *o)
{
    struct stat st;
    if (raw_fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
        strlen(name) >= sizeof(o->name)) {
        return;
    }
    o->total += (u64)st.st_size;
    if (!o->name[0] || st.st_mtime < o->time) {
        o->time = st.st_mtime;
        memcpy(o->name, name, strlen(name) + 1);
    }
}

static struct oldest find_oldest(int dir)
{
    struct oldest o = {0};
    char buf[8192] __attribute__((aligned(8)));
    raw_lseek(dir, 0, SEEK_SET);
    long n;
    while ((n = raw_getdents64(dir, buf, sizeof(buf))) > 0) {
        for (long at = 0; at < n;) {
            const struct dirent64 *d = (const struct dirent64 *)(buf + at);
            look_at(dir, d->d_name, &o);
            at += d->d_reclen;
        }
    }
    return o;
}

/* Makes room for LEN more bytes below the limit, at the cost of what was written longest ago. */
static void make_room(const struct exec *ex, int dir, u64 len)
{
    struct oldest o = find_oldest(dir);
    while (o.name[0] && o.total + len > ex->cfg.cache_limit) {
        if (raw_unlinkat(dir, o.name, 0) < 0) {
            return;
        }
        o = find_oldest(dir);
    }
}

/* A file is complete before it gets its name. */
static void dir_put(const struct exec *ex, const u64 key[2], const struct iovec *pieces, int count)
{
    int dir = open_dir(ex, true);
    if (dir < 0) {
        return;
    }
    make_room(ex, dir, total(pieces, count));
    struct name temp = name_of(key, (int)raw_syscall(__NR_gettid)), name = name_of(key, 0);
    long fd = raw_openat(dir, temp.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool ok = true;
        for (int i = 0; i < count && ok; i++) {
            ok = write_all((int)fd, pieces[i].iov_base, pieces[i].iov_len);
        }
        raw_close((int)fd);
        if (!ok || raw_syscall(__NR_renameat2, (u64)dir, RAW_PTR(temp.text), (u64)dir, RAW_PTR(name.text), 0) < 0) {
            raw_unlinkat(dir, temp.text, 0);
        }
    }
    raw_close(dir);
}

/* --- shared memory --- */

/* The image of a key, in pages of the file: its offset above, its length below; 0: none yet. */
struct place {
    u64 key;
    u64 where;
};
#define WHERE(off, len) ((off) >> 12 << 32 | (len) >> 12)
#define WHERE_OFF(where) ((where) >> 32 << 12)
#define WHERE_LEN(where) (((where) & 0xffffffff) << 12)

/* The memory begins with this. Many processes write to it at a time, without locks: END only grows,
 * a place is taken by exchange of its key, and a larger image takes the place of a smaller one. Nothing is
 * ever moved or freed before the last process is gone, because others have it mapped. */
#define SHARE_MAGIC 0x3268736d79727266ull /* "frrymsh2" */
#define SHARE_MAX (1ull << 30)
enum { PLACES = 2000, PROBES = 32 };
enum { SHARE_NONE = -1, SHARE_NEVER = -2 };
struct share {
    u64 magic;
    u64 end;
    u64 pad[14];
    struct place places[PLACES + PROBES];
};
#define SHARE_HEAD ALIGN_UP(sizeof(struct share), 4096)

static bool share_ours(int fd)
{
    struct stat st;
    u64 magic;
    return raw_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
           st.st_uid == (uid_t)raw_syscall(__NR_geteuid) &&
           raw_pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) && magic == SHARE_MAGIC;
}

static int share_make(void)
{
    u64 start[2] = {SHARE_MAGIC, SHARE_HEAD};
    long fd = raw_memfd_create("ferry", MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    if (raw_syscall(__NR_ftruncate, (u64)fd, SHARE_MAX) < 0 ||
        raw_pwrite((int)fd, start, sizeof(start), 0) != sizeof(start)) {
        raw_close((int)fd);
        return -1;
    }
    return raw_fd_aside((int)fd);
}

static u64 first_probe(const u64 key[2])
{
    return offsetof(struct share, places) + key[0] % PLACES * sizeof(struct place);
}

static bool share_open(const struct exec *ex, const u64 key[2], struct store_file *f)
{
    struct place p[PROBES];
    if (raw_pread(ex->share_fd, p, sizeof(p), first_probe(key)) != sizeof(p)) {
        return false;
    }
    for (int i = 0; i < PROBES && p[i].key; i++) {
        if (p[i].key == key[0] && p[i].where) {
            *f = (struct store_file){ex->share_fd, WHERE_OFF(p[i].where), WHERE_LEN(p[i].where)};
            return true;
        }
    }
    return false;
}

/* The place of KEY, taken if need be. NULL: there is none any more. */
static struct place *take_place(struct share *s, const u64 key[2])
{
    struct place *p = &s->places[key[0] % PLACES];
    for (int i = 0; i < PROBES; i++, p++) {
        u64 was = 0;
        if (__atomic_compare_exchange_n(&p->key, &was, key[0], false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
            was == key[0]) {
            return p;
        }
    }
    return NULL;
}

static u64 share_room(const struct exec *ex)
{
    u64 end = SHARE_MAX;
    raw_pread(ex->share_fd, &end, sizeof(end), offsetof(struct share, end));
    return end < SHARE_MAX ? SHARE_MAX - end : 0;
}

static void share_write(const struct exec *ex, struct share *s, struct place *p, const struct iovec *pieces, int count)
{
    u64 len = total(pieces, count), off = __atomic_fetch_add(&s->end, len, __ATOMIC_RELAXED);
    if (off + len > SHARE_MAX ||
        raw_syscall(__NR_pwritev, (u64)ex->share_fd, RAW_PTR(pieces), (u64)count, off, 0) != (long)len) {
        return;
    }
    u64 was = __atomic_load_n(&p->where, __ATOMIC_RELAXED);
    while (WHERE_LEN(was) < len && !__atomic_compare_exchange_n(&p->where, &was, WHERE(off, len), false,
                                                               __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
}

static void share_put(const struct exec *ex, const u64 key[2], const struct iovec *pieces, int count)
{
    if (share_room(ex) < total(pieces, count)) {
        return;
    }
    long map = raw_mmap(0, SHARE_HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, ex->share_fd, 0);
    if (raw_is_err(map)) {
        return;
    }
    struct place *p = take_place((struct share *)map, key);
    if (p) {
        share_write(ex, (struct share *)map, p, pieces, count);
    }
    raw_munmap((u64)map, SHARE_HEAD);
}

/* --- either --- */

void store_init(struct exec *ex)
{
    int fd = ex->cfg.share_fd;
    ex->share_fd = SHARE_NONE;
    if (fd > 2 && ex->cfg.share && !ex->cfg.cache_dir && share_ours(fd)) {
        ex->share_fd = fd;
        raw_fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

bool store_usable(const struct exec *ex)
{
    return ex->cfg.cache_dir || ex->share_fd >= 0;
}

bool store_open(const struct exec *ex, const u64 key[2], struct store_file *f)
{
    return ex->cfg.cache_dir ? dir_open(ex, key, f) : share_open(ex, key, f);
}

void store_close(const struct exec *ex, struct store_file *f)
{
    if (f->fd != ex->share_fd) {
        raw_close(f->fd);
    }
}

bool store_checks(const struct exec *ex)
{
    return ex->cfg.cache_dir; /* memory has what a process of this tree wrote into it, and the whole of it */
}

u64 store_room(const struct exec *ex)
{
    return ex->cfg.cache_dir ? ex->cfg.cache_limit : share_room(ex);
}

void store_put(const struct exec *ex, const u64 key[2], const struct iovec *pieces, int count)
{
    ex->cfg.cache_dir ? dir_put(ex, key, pieces, count) : share_put(ex, key, pieces, count);
}

void exec_share(struct exec *ex)
{
    if (ex->cfg.share && !ex->cfg.cache_dir && ex->share_fd == SHARE_NONE) {
        int fd = share_make();
        ex->share_fd = fd < 0 ? SHARE_NEVER : fd;
    }
}

int exec_share_fd(const struct exec *ex)
{
    return MAX(ex->share_fd, -1);
}

void exec_unshare(struct exec *ex)
{
    if (ex->share_fd >= 0) {
        raw_close(ex->share_fd);
    }
    ex->share_fd = SHARE_NEVER;
}
