#!/bin/sh
# gcc and g++: preprocess, compile, assemble, link (dynamic, static, shared, LTO), archives, make; the results run again.
set -u
sys=${ROOT:+--sysroot=$ROOT}
cat >hello.c <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int helper(int);
static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv) {
    int v[1000]; unsigned x = 1; double s = 0;
    for (int i = 0; i < 1000; i++) { x = x * 1664525 + 1013904223; v[i] = x >> 8 & 0xffff; }
    qsort(v, 1000, sizeof v[0], cmp);
    for (int i = 0; i < 1000; i++) s += sqrt(v[i]);
    printf("%d %d %d %.6f %d %s %d\n", v[0], v[500], v[999], s, helper(argc), argv[argc - 1], (int)strlen("compiled"));
    return argc;
}
C
echo 'int helper(int n) { return n < 2 ? n + 40 : helper(n - 1) * 2; }' >helper.c
cat >prog.cc <<'C'
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>
template <class T> T total(const std::vector<T> &v) { return std::accumulate(v.begin(), v.end(), T{}); }
struct base { virtual ~base() {} virtual std::string name() const = 0; };
template <int N> struct derived : base { std::string name() const override { return "d" + std::to_string(N); } };
int main() {
    std::vector<std::unique_ptr<base>> v; v.emplace_back(new derived<1>); v.emplace_back(new derived<22>);
    std::map<std::string, std::vector<int>> m;
    for (int i = 0; i < 100; i++) m[v[i % 2]->name()].push_back(i * i % 37);
    for (auto &[k, w] : m) { std::sort(w.begin(), w.end()); std::cout << k << ' ' << total(w) << ' ' << w[25] << '\n'; }
    try { throw std::string("thrown"); } catch (std::string &s) { std::cout << s << std::endl; }
}
C
for o in -O0 -O2 '-O3 -g' '-Os -fno-inline' '-O2 -flto'; do
    gcc $sys $o -Wall hello.c helper.c -o hello -lm && ./hello a b; echo "gcc $o: $?"
done
g++ $sys -O2 -Wall prog.cc -o prog && ./prog; echo "g++ $?"
gcc $sys -O1 -static hello.c helper.c -o hello.static -lm && ./hello.static x; echo "static $?"
gcc $sys -shared -fPIC helper.c -o libhelper.so && gcc $sys hello.c -L. -lhelper -Wl,-rpath,"$PWD" -o hello.so -lm && ./hello.so y; echo "shared $?"
gcc $sys -c hello.c helper.c && ar rcs lib.a helper.o && gcc $sys hello.o lib.a -o hello.ar -lm && ./hello.ar; echo "archive $?"; nm lib.a | grep -c ' T helper'; size hello.o >/dev/null; strip hello.ar && ./hello.ar z; objdump -d helper.o | grep -c ret; readelf -h hello.o | grep -c REL
echo 'int main( { return 0 }' >bad.c; gcc $sys -c bad.c >err 2>&1; echo "errors $? $(grep -c error: err)"; echo 'int nothing(void); int main(void) { return nothing(); }' >undef.c; gcc $sys undef.c -o undef 2>err; echo "undefined $? $(grep -c 'undefined reference' err)"
printf '#define X(a) a##1 + __LINE__\nX(y)\n' | gcc -E -P -; printf 'all: a b\n\tcat a b >all\na b: %%: ;@echo $@ >$@\n.PHONY: sub\nsub: ; @$(MAKE) --no-print-directory -f mk -s all && echo made\n' >mk; make -j2 -s -f mk sub; cat all
