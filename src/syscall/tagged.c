/* Pointers with a tag as arguments of system calls (arm64's tagged address ABI): taken by calls that change mappings,
 * refused by all others unless the thread asked for it with PR_SET_TAGGED_ADDR_CTRL. */
#include <linux/prctl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "syscall/priv.h"

u64 sys_tag_off(const struct thread *t, u64 addr)
{
    return (u64)sext64(addr, 64 - t->cpu->guest_arch->tag_bits);
}

void sys_tags_off(const struct thread *t, const char *signature, u64 a[6])
{
    const char *pointers = t->tagged_addr ? "rpPqnvbBNtA" : "r";
    for (unsigned i = 0; i < 6 && signature[i] && signature[i] != ':'; i++) {
        if (strchr(pointers, signature[i])) {
            a[i] = sys_tag_off(t, a[i]);
        }
    }
}

/* Copies N of the guest's buffers at P to IOV without tags; false when it is not for us to say what is wrong. */
static bool copy_iov(const struct thread *t, struct iovec *iov, u64 p, u64 n)
{
    if (n > UIO_MAXIOV || mem_read(iov, p, n * sizeof(*iov)) < 0) {
        return false;
    }
    for (u64 i = 0; i < n; i++) {
        iov[i].iov_base = (void *)sys_tag_off(t, (u64)iov[i].iov_base);
    }
    return true;
}

static s64 pass_iov(struct thread *t, long nr, const u64 *a)
{
    struct iovec iov[UIO_MAXIOV];
    u64 b[6];
    memcpy(b, a, sizeof(b));
    if (copy_iov(t, iov, a[1], a[2])) {
        b[1] = RAW_PTR(iov);
    }
    return sys_pass(t, nr, b);
}

static s64 pass_msg(struct thread *t, long nr, const u64 *a)
{
    struct iovec iov[UIO_MAXIOV];
    struct msghdr m;
    if (mem_read(&m, a[1], sizeof(m)) < 0 || !copy_iov(t, iov, sys_tag_off(t, (u64)m.msg_iov), m.msg_iovlen)) {
        return sys_pass(t, nr, a);
    }
    m.msg_iov = iov;
    m.msg_name = (void *)sys_tag_off(t, (u64)m.msg_name);
    m.msg_control = (void *)sys_tag_off(t, (u64)m.msg_control);
    s64 ret = sys_pass(t, nr, (u64[6]){a[0], RAW_PTR(&m), a[2]});
    if (nr == __NR_recvmsg && ret >= 0) {
        mem_write(a[1] + offsetof(struct msghdr, msg_namelen), &m.msg_namelen, sizeof(m.msg_namelen));
        mem_write(a[1] + offsetof(struct msghdr, msg_controllen), &m.msg_controllen, sizeof(m.msg_controllen));
        mem_write(a[1] + offsetof(struct msghdr, msg_flags), &m.msg_flags, sizeof(m.msg_flags));
    }
    return ret;
}

s64 sys_pass_tagged(struct thread *t, long nr, const u64 *a)
{
    switch (nr) {
    case __NR_readv: case __NR_writev: case __NR_preadv: case __NR_pwritev:
    case __NR_preadv2: case __NR_pwritev2: case __NR_vmsplice:
        return pass_iov(t, nr, a);
    case __NR_sendmsg: case __NR_recvmsg:
        return pass_msg(t, nr, a);
    }
    return sys_pass(t, nr, a);
}

s64 sys_tagged_ctrl(struct thread *t, const u64 *a)
{
    bool get = (int)a[0] == PR_GET_TAGGED_ADDR_CTRL;
    if (!t->cpu->guest_arch->tag_bits || a[2] || a[3] || a[4] || (get ? a[1] : a[1] & ~(u64)PR_TAGGED_ADDR_ENABLE)) {
        return -EINVAL;
    }
    if (get) {
        return t->tagged_addr ? PR_TAGGED_ADDR_ENABLE : 0;
    }
    t->tagged_addr = a[1];
    return 0;
}
