#!/bin/sh
# The instruction rows under ferry, for `make check`. Exit 77: no compiler for the rows' runner.
here=$(cd "$(dirname "$0")" && pwd)
if [ "${AARCH64_CC:-no}" = no ]; then
    echo 'skipped: no aarch64 compiler; install gcc-aarch64-linux-gnu'
    exit 77
fi
OUT=${BUILDDIR:-.}/tests/insn/out exec "$here/run.sh" aarch64 "${FERRY:-./ferry}"
