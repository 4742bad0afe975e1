#!/bin/bash
# -d hang: SIGRTMAX makes ferry say where each thread is, and the program goes on as if nothing had happened. Without it the
# signal is the program's.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

out=$BUILD/hang
mkdir -p "$out"
cat >"$out/hang.c" <<'END'
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile int stop, got;
static int end[2];
static void *spin(void *arg)
{
    while (!stop) {
    }
    return arg;
}
static void *blocked(void *arg)
{
    sigset_t all;
    char c;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    return read(end[0], &c, 1) == 1 ? arg : NULL;
}
static void on_rtmax(int sig)
{
    got = sig;
}
int main(void)
{
    pthread_t a, b;
    char line[8];
    signal(SIGRTMAX, on_rtmax);
    if (pipe(end)) {
        return 2;
    }
    pthread_create(&a, NULL, spin, NULL);
    pthread_create(&b, NULL, blocked, &a);
    puts("ready");
    fflush(stdout);
    while (!got && !fgets(line, sizeof(line), stdin) && !feof(stdin)) {
        clearerr(stdin);
    }
    stop = 1;
    void *r;
    pthread_join(a, NULL);
    r = write(end[1], "x", 1) == 1 ? NULL : &b;
    pthread_join(b, &r);
    printf("got %d, %s\n", got, r == &a ? "read" : "nothing");
    return 0;
}
END
$triple-gcc -w -O1 -static "$out/hang.c" -o "$out/hang" || { fail hang "does not compile"; finish; }

start() { # OPTIONS...
    rm -f "$out/in"
    mkfifo "$out/in"
    "${emu[@]}" "$@" "$out/hang" <"$out/in" >"$out/out" 2>"$out/err" &
    pid=$!
    exec 9>"$out/in"
    for ((n = 0; n < 100; n++)); do
        grep -q ready "$out/out" && break
        sleep 0.1
    done
    sleep 0.5
    kill -s RTMAX $pid
}

start -d hang
for ((n = 0; n < 50; n++)); do
    [ "$(wc -l <"$out/err")" -ge 3 ] && break
    sleep 0.1
done
echo go >&9
exec 9>&-
wait $pid
code=$?
if [ $code != 0 ] || [ "$(tail -n 1 "$out/out")" != "got 0, read" ]; then
    fail hang/goes-on "exit $code" "$out/out"
else
    pass hang/goes-on
fi
for want in "thread [0-9]*: in read, pc 0x[0-9a-f]* = /.*hang+0x" "thread [0-9]*: runs, pc 0x[0-9a-f]* = /.*hang+0x"; do
    if grep -q "$want" "$out/err"; then pass "hang/says $want"; else fail "hang/says $want" "not said" "$out/err"; fi
done
if [ "$(grep -c ": in read, " "$out/err")" = 2 ] && [ "$(wc -l <"$out/err")" = 3 ]; then
    pass hang/each-thread-once
else
    fail hang/each-thread-once "other lines than one a thread" "$out/err"
fi

start
echo go >&9
exec 9>&-
wait $pid
if [ "$(tail -n 1 "$out/out")" = "got 64, read" ] && [ ! -s "$out/err" ]; then
    pass hang/not-asked
else
    fail hang/not-asked "the program did not get its signal" "$out/out"
fi
finish
