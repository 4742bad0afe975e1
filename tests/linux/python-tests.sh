#!/bin/bash
# Runs modules of python's own test suite as guest and natively; a failure the native interpreter does not have counts.
debian_native=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"

modules=${MODULES:-test_struct test_math test_cmath test_float test_long test_re test_threading test_subprocess test_signal test_mmap test_socket test_ctypes}
T=${PYTHON_T:-900}
results=$BUILD/python
mkdir -p "$results"

fresh_dir check
if ! native python3 -c 'import test.test_struct' 2>/dev/null; then
    echo "python-tests.sh: the native test suite is missing (package libpython3.*-testsuite)" >&2
    exit 2
fi

# The tests that did not pass, one a line, from the output of regrtest -v.
bad_tests() { # OUTPUT
    grep -aE '^(FAIL|ERROR): ' "$1" | sed 's/ *$//' | sort -u
}

for m in $modules; do
    [[ python/$m =~ $only ]] || continue
    # The same options for both: one process, no network beyond loopback, no big files. On a virtual machine the VSOCK
    # test waits for a host that never connects, natively too.
    args=(-m test -v -u none --timeout "$T" -i "*VSOCKSocketStream*" "$m")
    if [ ! -s "$results/$m.native" ]; then
        fresh_dir "native-$m"
        native python3 "${args[@]}" >"$results/$m.native.tmp" 2>&1 </dev/null
        mv "$results/$m.native.tmp" "$results/$m.native"
    fi
    fresh_dir "guest-$m"
    guest /usr/bin/python3 "${args[@]}" >"$results/$m.guest" 2>&1 </dev/null
    code=$?
    bad_tests "$results/$m.native" >"$results/want"
    bad_tests "$results/$m.guest" >"$results/got"
    comm -13 "$results/want" "$results/got" >"$results/new"
    ran=$(grep -aoE '^Ran [0-9]+ tests?' "$results/$m.guest" | tail -n 1)
    native_ran=$(grep -aoE '^Ran [0-9]+ tests?' "$results/$m.native" | tail -n 1)
    if [ -s "$results/new" ]; then
        fail "python/$m" "$(wc -l <"$results/new") failures that native has not ($ran)" "$results/new"
    elif [ $code = 124 ] || [ $code = 137 ]; then
        tail -n 5 "$results/$m.guest" >"$results/new"
        fail "python/$m" "hangs (killed after $T s)" "$results/new"
    elif [ "$ran" != "$native_ran" ]; then
        tail -n 5 "$results/$m.guest" >"$results/new"
        fail "python/$m" "exit $code: '$ran', natively '$native_ran'" "$results/new"
    else
        pass "python/$m ($ran, $(wc -l <"$results/got") fail natively too)"
    fi
done
finish
