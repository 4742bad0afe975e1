#!/bin/sh
# Checks that what is written agrees with what is built: generated pages are up to date, links in the
# documents lead to files, documents and first lines of sources are there. Silent when all is well.
set -eu
cd "${SRCDIR:-$(dirname "$0")/..}"
build=${BUILDDIR:-.}
fail=0
complain() {
    echo "$1" >&2
    fail=1
}

"$build/mksyscalls" | cmp -s - docs/SYSCALLS.md ||
    complain 'docs/SYSCALLS.md is out of date: make syscalls-md'

"$build/mkman" 0 >"$build/man-check.tmp"
if command -v man >/dev/null 2>&1; then
    warnings=$(LC_ALL=C MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 "$build/man-check.tmp" 2>&1 >/dev/null)
    [ -z "$warnings" ] || complain "man page: $warnings"
fi
"$build/mkman" 0 ferry-binfmt >"$build/man8-check.tmp"
if command -v man >/dev/null 2>&1; then
    warnings=$(LC_ALL=C MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 "$build/man8-check.tmp" 2>&1 >/dev/null)
    [ -z "$warnings" ] || complain "man page of ferry-binfmt: $warnings"
fi
rm -f "$build/man8-check.tmp"
for program in ferry ferry-binfmt; do
    "$build/mkcompletion" bash $program | bash -n || complain "bash completion of $program does not parse"
    if command -v zsh >/dev/null 2>&1; then
        "$build/mkcompletion" zsh $program | zsh -n || complain "zsh completion of $program does not parse"
    fi
done
for name in $(sed -n 's/^OPT_[A-Z]*([A-Za-z_0-9]*, "\([^"]*\)".*/\1/p' src/base/options.def); do
    escaped=$(echo "$name" | sed 's/-/\\\\-/g')
    grep -q "^\.B \\\\-$escaped\($\| \)" "$build/man-check.tmp" || complain "man page lacks -$name"
done
rm -f "$build/man-check.tmp"

for doc in README.md docs/*.md; do
    [ -e "$doc" ] || continue
    for link in $(grep -o '](\([^)#]*\)' "$doc" | sed 's/^](//' | grep -v '^[a-z]*:' || true); do
        [ -e "$(dirname "$doc")/$link" ] || complain "$doc: link to $link leads nowhere"
    done
    # Make targets a document names must exist.
    for target in $(grep -o '`make [a-z][a-z-]*' "$doc" | sed 's/`make //' | sort -u); do
        case $target in
        check | install | uninstall | clean | dist | distcheck) ;;
        *) grep -q "^$target:" Makefile.am || complain "$doc: there is no 'make $target'" ;;
        esac
    done
done

for file in $(find src tools tests scripts -name '*.[chS]' -o -name '*.sh' -o -name '*.dec' | sort); do
    case $file in
    *.sh) line=$(sed -n '/^#!/!{p;q}' "$file") ;;
    *) line=$(sed -n 1p "$file") ;;
    esac
    case $line in
    '/*'* | '//'* | '#'*) ;;
    *) complain "$file: does not begin by saying what it does" ;;
    esac
done
exit $fail
