// Rings the kernel and the program share: io_uring and Linux's aio. What the kernel refuses here it refuses natively too.
#include "t.h"
#include <linux/aio_abi.h>
#include <linux/io_uring.h>

static void uring(int fd)
{
    struct io_uring_params p = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
    if (ring < 0) {
        say("io_uring_setup %d", -errno);
        return;
    }
    char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED,
                    ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *e =
        mmap(NULL, p.sq_entries * sizeof(*e), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    static char buf[8];
    struct iovec {
        void *base;
        size_t len;
    } iov = {buf, 5};
    e[0] = (struct io_uring_sqe){.opcode = IORING_OP_NOP, .user_data = 11};
    e[1] = (struct io_uring_sqe){.opcode = IORING_OP_READV, .fd = fd, .addr = (uintptr_t)&iov, .len = 1, .user_data = 22};
    for (uint32_t i = 0; i < 2; i++) {
        ((uint32_t *)(sq + p.sq_off.array))[i] = i;
    }
    __atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 2, __ATOMIC_RELEASE);
    say("io_uring_enter %ld", R(syscall(SYS_io_uring_enter, ring, 2, 2, IORING_ENTER_GETEVENTS, NULL, 0)));
    const struct io_uring_cqe *c = (void *)(cq + p.cq_off.cqes);
    long sum = 0, results = 0;
    for (uint32_t i = 0; i < __atomic_load_n((uint32_t *)(cq + p.cq_off.tail), __ATOMIC_ACQUIRE); i++) {
        sum += c[i].user_data;
        results += c[i].res;
    }
    say("completed %ld results %ld, read %s", sum, results, buf);
}

static void aio(int fd)
{
    aio_context_t ctx = 0;
    static char buf[8];
    struct iocb cb = {.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (uint32_t)fd, .aio_buf = (uintptr_t)buf, .aio_nbytes = 3,
                      .aio_offset = 2, .aio_data = 33};
    struct iocb *list[] = {&cb};
    struct io_event ev;
    say("io_setup %ld", R(syscall(SYS_io_setup, 4, &ctx)));
    say("io_submit %ld", R(syscall(SYS_io_submit, ctx, 1, list)));
    say("io_getevents %ld", R(syscall(SYS_io_getevents, ctx, 1, 1, &ev, NULL)));
    say("data %ld result %ld, read %s", (long)ev.data, (long)ev.res, buf);
    say("io_destroy %ld", R(syscall(SYS_io_destroy, ctx)));
}

int main(void)
{
    int fd = open("rings.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (write(fd, "abcdefgh", 8) != 8) {
        die("write");
    }
    lseek(fd, 0, SEEK_SET);
    uring(fd);
    aio(fd);
    return 0;
}
