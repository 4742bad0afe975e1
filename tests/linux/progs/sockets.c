// Sockets: pairs, unix with passed descriptors, TCP and UDP on loopback, options, netlink.
#include "t.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void pairs(void)
{
    int s[2];
    SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s));
    SHOW(send(s[0], "abc", 3, 0));
    SHOW(send(s[0], "defgh", 5, MSG_NOSIGNAL));
    char b[10];
    SHOW(recv(s[1], b, 10, MSG_PEEK));
    SHOW(recv(s[1], b, 10, 0));
    SHOW(recv(s[1], b, 2, MSG_TRUNC));
    SHOW(recv(s[1], b, 2, MSG_DONTWAIT));
    struct ucred cred;
    socklen_t len = sizeof cred;
    SHOW(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
    say("peer is me %d", cred.pid == getpid() && cred.uid == getuid());
    int type = 0;
    len = sizeof type;
    SHOW(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &len));
    say("type %d", type);
    SHOW(shutdown(s[0], SHUT_WR));
    SHOW(recv(s[1], b, 2, 0));
    SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));
}

static void pass_descriptor(void)
{
    int s[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0) {
        die("socketpair");
    }
    int p[2];
    if (pipe(p) < 0) {
        die("pipe");
    }
    pid_t pid = fork();
    if (pid == 0) {
        char c[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))], data[8];
        struct iovec iov = {data, 8};
        struct msghdr m = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c};
        int one = 1;
        setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
        say("ready");
        SHOW(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC));
        int fd = -1;
        for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
            if (h->cmsg_type == SCM_RIGHTS) {
                say("rights, %zu bytes", h->cmsg_len - sizeof *h);
                memcpy(&fd, CMSG_DATA(h), sizeof fd);
            }
        }
        SHOW(write(fd, "through", 7));
        say("cloexec %d", fcntl(fd, F_GETFD));
        _exit(0);
    }
    char c[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec iov = {"hi", 2};
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &p[1], sizeof(int));
    long sent = R(sendmsg(s[0], &m, 0));
    wait_for(pid);
    say("sent %ld", sent);
    char b[10] = "";
    SHOW(read(p[0], b, 9));
    say("got %s", b);
}

static void unix_names(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"};
    int l = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(l, (void *)&a, sizeof a));
    SHOW(listen(l, 5));
    int c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SHOW(connect(c, (void *)&a, sizeof a));
    struct sockaddr_un peer;
    socklen_t len = sizeof peer;
    int s = accept4(l, (void *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    say("accepted %d len %d nonblock %d cloexec %d", s >= 0, (int)len,
        !!(fcntl(s, F_GETFL) & O_NONBLOCK), fcntl(s, F_GETFD));
    len = sizeof peer;
    SHOW(getsockname(l, (void *)&peer, &len));
    say("name %s", peer.sun_path);
    SHOW(bind(c, (void *)&a, sizeof a));
    strcpy(a.sun_path, "none");
    SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof a));
}

static void tcp(void)
{
    int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    SHOW(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SHOW(bind(l, (void *)&a, sizeof a));
    SHOW(listen(l, 1));
    socklen_t len = sizeof a;
    SHOW(getsockname(l, (void *)&a, &len));
    pid_t pid = fork();
    if (pid == 0) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(c, (void *)&a, sizeof a) < 0) {
            die("connect");
        }
        char buf[5000];
        for (int i = 0; i < 200; i++) {
            memset(buf, i, sizeof buf);
            if (send(c, buf, sizeof buf, 0) != sizeof buf) {
                die("send");
            }
        }
        shutdown(c, SHUT_WR);
        _exit(recv(c, buf, 2, MSG_WAITALL) == 2 ? 7 : 8);
    }
    struct sockaddr_in peer;
    len = sizeof peer;
    int s = accept(l, (void *)&peer, &len);
    say("from %s len %d", inet_ntoa(peer.sin_addr), (int)len);
    SHOW(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
    int v = 0;
    len = sizeof v;
    SHOW(getsockopt(s, IPPROTO_TCP, TCP_NODELAY, &v, &len));
    say("nodelay %d", !!v);
    struct timeval tv = {5, 250000}, back = {0};
    SHOW(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
    len = sizeof back;
    SHOW(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &back, &len));
    say("timeout %ld.%06ld", (long)back.tv_sec, (long)back.tv_usec);
    struct linger lg = {1, 3}, lgb = {0};
    SHOW(setsockopt(s, SOL_SOCKET, SO_LINGER, &lg, sizeof lg));
    len = sizeof lgb;
    SHOW(getsockopt(s, SOL_SOCKET, SO_LINGER, &lgb, &len));
    say("linger %d %d", lgb.l_onoff, lgb.l_linger);
    long total = 0, got;
    unsigned long sum = 0;
    unsigned char buf[4096];
    while ((got = recv(s, buf, sizeof buf, 0)) > 0) {
        for (long i = 0; i < got; i++) {
            sum += buf[i];
        }
        total += got;
    }
    say("total %ld sum %lu", total, sum);
    SHOW(send(s, "ok", 2, 0));
    say("client %s", status_text(wait_for(pid)));
    a.sin_port = htons(1);
    SHOW(connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a));
}

static void udp(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    SHOW(bind(s, (void *)&a, sizeof a));
    SHOW(getsockname(s, (void *)&a, &len));
    SHOW(sendto(s, "one", 3, 0, (void *)&a, sizeof a));
    char b[2][10] = {{0}};
    struct iovec out[2] = {{"second", 6}, {"third", 5}}, in[2] = {{b[0], 9}, {b[1], 9}};
    struct mmsghdr m[2] = {
        {.msg_hdr = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &out[0], .msg_iovlen = 1}},
        {.msg_hdr = {
             .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &out[1], .msg_iovlen = 1}}};
    SHOW(sendmmsg(s, m, 2, 0));
    struct sockaddr_in from;
    len = sizeof from;
    SHOW(recvfrom(s, b[0], 9, 0, (void *)&from, &len));
    say("%s from self %d", b[0], from.sin_port == a.sin_port);
    struct mmsghdr r[2] = {{.msg_hdr = {.msg_iov = &in[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &in[1], .msg_iovlen = 1}}};
    struct timespec ts = {1, 0};
    SHOW(recvmmsg(s, r, 2, 0, &ts));
    say("%s %u, %s %u", b[0], r[0].msg_len, b[1], r[1].msg_len);
    int zero = 0;
    SHOW(ioctl(s, FIONBIO, &(int){1}));
    SHOW(recv(s, b[0], 9, 0));
    (void)zero;
    int s6 = socket(AF_INET6, SOCK_STREAM, 0);
    say("inet6 %s", s6 >= 0 ? "yes" : "no");
    SHOW(socket(AF_INET, 77, 0));
}

static void netlink(void)
{
    int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct {
        struct nlmsghdr h;
        struct ifaddrmsg m;
    } req = {{sizeof req, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.ifa_family = AF_INET}};
    SHOW(send(s, &req, sizeof req, 0));
    _Alignas(8) char buf[8192];
    long n = recv(s, buf, sizeof buf, 0);
    int loopback = 0;
    for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
        struct ifaddrmsg *m = NLMSG_DATA(h);
        int left = IFA_PAYLOAD(h);
        for (struct rtattr *a = IFA_RTA(m); h->nlmsg_type == RTM_NEWADDR && RTA_OK(a, left);
             a = RTA_NEXT(a, left)) {
            loopback |=
                a->rta_type == IFA_ADDRESS && *(uint32_t *)RTA_DATA(a) == htonl(INADDR_LOOPBACK);
        }
    }
    say("loopback address seen %d", loopback);
}

int main(void)
{
    pairs();
    pass_descriptor();
    unix_names();
    tcp();
    udp();
    netlink();
    return 0;
}
