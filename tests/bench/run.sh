#!/bin/sh
# Speed and weight, each figure beside its goal: tests/bench/run.sh BINARY
# `make bench` builds the release binary first. Goals are no gate: the table says "over".
set -eu
[ $# -ge 1 ] || { echo "usage: $0 BINARY [PART...]" >&2; exit 2; }
binary=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
out=build/bench
mkdir -p "$out"
cc=${CC:-cc}
flags='-std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra'
objects() { # those that still have a source: an older build leaves others behind
    find "$built/src" "$built/ui" "$built/behaviors" -name '*.o' ! -name main.o | while read -r o; do
        c=${o#"$built"/}
        [ ! -f "${c%.o}.c" ] || echo "$o"
    done
}
# shellcheck disable=SC2046,SC2086
{
    $cc $flags -o "$out/hello" tests/bench/hello.c $(pkg-config --cflags --libs ncursesw)
    $cc $flags -pthread -o "$out/server" tests/bench/server.c
    $cc $flags -o "$out/load" tests/bench/load.c
    $cc $flags -o "$out/pty" tests/bench/pty.c -lutil
    built=$(dirname "$binary")
    $cc $flags -rdynamic -Isrc -I. -o "$out/plugin" tests/bench/plugin.c \
        $(objects) "$built/data.o" \
        $(pkg-config --cflags --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl
    $cc $flags -Isrc -I. -o "$out/translate" tests/bench/translate.c \
        $(objects) "$built/data.o" \
        $(pkg-config --cflags --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl
    $cc $flags -Isrc -I. -o "$out/items" tests/bench/items.c \
        $(objects) "$built/data.o" \
        $(pkg-config --cflags --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl
    $cc $flags -pthread -Isrc -I. -o "$out/rewind" tests/bench/rewind.c \
        $(objects) "$built/data.o" \
        $(pkg-config --cflags --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl
    $cc $flags -pthread -Isrc -I. -o "$out/delegates" tests/bench/delegates.c \
        $(objects) "$built/data.o" \
        $(pkg-config --cflags --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl
    $cc $flags -fPIC -shared -DBEHAVIOR_PLUGIN -Isrc -I. -o "$out/bench_behavior.so" tests/bench/bench_behavior.c
}
exec python3 tests/bench/measure.py "$binary" "$out" "$@"
