#!/bin/sh
# Build and run fuzz targets, FUZZ_SECONDS each (default 30).
#   tests/fuzz/run.sh [NAME...]     without a name: all of tests/fuzz/*.c
# Everything is built into build/fuzz; new inputs and what was found stay there. A finding (crash,
# leak, false claim, an input over 10 s) makes the exit code 1 and leaves build/fuzz/NAME.found-*.
set -u
cd "$(dirname "$0")/../.."
out=build/fuzz
seconds=${FUZZ_SECONDS:-30}
flags='-std=c17 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -Isrc -I. -Itests/fuzz'
kinds='address,undefined'
mkdir -p "$out"

# The program's own objects, with coverage and sanitizers, by the Makefile's own rules.
make -j2 CC=clang OUT="$out" BUILD=fuzz WERROR= "$out/mien" \
     CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,$kinds -fno-sanitize-recover=all" \
     > "$out/build.log" 2>&1 || { tail -n 30 "$out/build.log"; exit 1; }
objects="$out/data.o"
for f in src/*/*.c src/*/*/*.c ui/*/*.c behaviors/*.c behaviors/*/*.c; do
    [ "$f" = src/cli/main.c ] || objects="$objects $out/${f%.c}.o"
done
libs="$(pkg-config --libs ncursesw readline libcjson yaml-0.1 sqlite3) -lm -ldl -pthread"

[ $# -gt 0 ] || set -- $(ls tests/fuzz/*.c | sed 's,.*/,,; s,\.c$,,')
bad=0
for name; do
    # shellcheck disable=SC2086
    clang $flags -fsanitize="fuzzer,$kinds" -fno-sanitize-recover=all -Wall -Wextra \
        -o "$out/$name" "tests/fuzz/$name.c" $objects $libs || { bad=1; continue; }
    mkdir -p "$out/corpus/$name"
    dictionary=
    [ -f "tests/fuzz/$name.dict" ] && dictionary="-dict=tests/fuzz/$name.dict"
    LC_ALL=C.UTF-8 UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1 \
        timeout $((seconds + 120)) "$out/$name" -max_total_time="$seconds" -timeout=10 -max_len=4096 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$out/$name.found-" $dictionary \
        "$out/corpus/$name" "tests/fuzz/corpus/$name" > "$out/$name.log" 2>&1
    rc=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log")
    cover=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$out/$name.log" | tail -n 1)
    if [ $rc = 0 ]; then
        echo "ok $name: ${runs:-?} runs, ${cover:-?} edges"
    else
        bad=1
        echo "not ok $name: exit $rc"
        grep -aE '^FALSE|ERROR: |runtime error|^ +#[0-9]+ .* (src|ui|behaviors|tests)/|^ +#[0-9]+ .*/(src|ui|behaviors|tests)/' \
            "$out/$name.log" | grep -avE 'libFuzzer|fuzzer::' | cut -c 1-200 | head -n 20
        ls "$out/$name".found-* 2> /dev/null
    fi
done
exit $bad
