#!/bin/sh
# The instruction rows without a guest program, for `make check`: by the IR interpreter, compiled with
# all features of this CPU, and compiled for the oldest x86_64.
test=${BUILDDIR:-.}/tests/insn/insn_test
rows=$(cd "$(dirname "$0")/aarch64" && pwd)
"$test" "$rows"/*.rows && "$test" -x 0xffffffff "$rows"/*.rows && "$test" -x 0 "$rows"/*.rows
