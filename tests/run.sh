#!/bin/bash
# Build and run the tests; the last line is "N passed, N failed".
#   tests/run.sh               gcc and clang builds, compiled tests and end to end on asan
#   tests/run.sh --only KIND   the unit, engine and screen tests of one built kind
#   tests/run.sh --long        what costs more than a landing may
set -u
cd "$(dirname "$0")/.."
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing of the user's own setup takes part.
export HOME="$work/home" MIEN_STATE_DIR="$work/state" MIEN_CONFIG_DIR="$work/config" TZ=UTC LC_ALL=C.UTF-8
export INPUTRC=/dev/null TERM=xterm-256color
unset MIEN_MODEL MIEN_AGENT MIEN_SESSION OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY ANTHROPIC_BASE_URL \
      NO_COLOR COLORTERM http_proxy https_proxy HTTPS_PROXY ALL_PROXY no_proxy 2>/dev/null
mkdir -p "$HOME"

note() { # note NAME RESULT...
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

one() { # one NUMBER NAME COMMAND...: run a test program, count what it says: cmocka's lines or "ok"/"not ok" lines
    at=$work/$1
    name=$2
    shift 2
    mkdir -p "$at/home"
    # What one leaves behind is none of the other's business.
    export HOME="$at/home" MIEN_STATE_DIR="$at/state" MIEN_CONFIG_DIR="$at/config"
    start=$(date +%s)
    timeout "${limit:-600}" "$@" > "$at/out" 2>&1
    rc=$?
    ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\..*/\1/p' "$at/out" | awk '{s+=$1} END {print s+0}')
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$at/out" | awk '{s+=$1} END {print s+0}')
    ok=$((ok + $(grep -cE '^ok ' "$at/out")))
    bad=$((bad + $(grep -cE '^not ok ' "$at/out")))
    [ $rc != 0 ] && [ "$bad" = 0 ] && bad=1
    {
        echo "  $name: $ok passed, $bad failed ($(( $(date +%s) - start )) s)"
        if [ "$bad" != 0 ]; then
            grep -E '^not ok|FAILED|ERROR|Error|error|Sanitizer|assert' "$at/out" | head -n 40
            echo "  --- last lines (exit $rc)"
            tail -n 25 "$at/out"
        fi
    } > "$at/said"
    cat "$at/said"
    echo "$ok $bad" > "$at/count"
}

# They wait more than they compute: one more than there are processors.
beside=$(($(nproc) + 1))
number=0
program() { # program NAME COMMAND...: as one(), beside the others
    while [ "$(jobs -rp | wc -l)" -ge "$beside" ]; do wait -n; done
    number=$((number + 1))
    one $number "$@" &
}

settle() { # wait for all of them, add up
    wait
    for at in "$work"/[0-9]*; do
        [ -d "$at" ] || continue
        # Nothing said is a failure of its own: the run was cut off.
        read -r ok bad < "$at/count" 2> /dev/null || { ok=0; bad=1; echo "FAILED: no result of test program $(basename "$at")"; }
        passed=$((passed + ok))
        failed=$((failed + bad))
        rm -rf "$at"
    done
}

kind() { # all compiled tests of build/KIND
    for t in "build/$1"/tests/unit/* "build/$1"/tests/engine/*; do
        case "$t" in *.o|*.d|*.gcno|*.gcda) continue ;; esac
        # Only the matrix leaves out the canary of the sandbox, whose forked children hang in TSan.
        case "$1 $t" in "tsan build/tsan/tests/engine/matrix") ;; "tsan build/tsan/tests/engine/"*) continue ;; esac
        # It takes signals itself, and passes them on later: a loop that one shall end never gets it.
        case "$1 $t" in "tsan build/tsan/tests/unit/fault") continue ;; esac
        # It reads the allocator's own count, which a sanitizer's allocator does not keep.
        case "$1 $t" in "asan build/asan/tests/engine/growth") continue ;; esac
        [ -x "$t" ] && program "$1 $(basename "$t")" "$t"
    done
    [ -x "build/$1/tests/screen/runner" ] && program "$1 screen" "build/$1/tests/screen/runner" tests/screen
    settle
}

build() { # build NAME make-arguments
    name=$1
    shift
    echo "building: $name"
    make -j2 WERROR=-Werror "$@" > "$work/build" 2>&1
    rc=$?
    [ $rc = 0 ] || tail -n 30 "$work/build"
    note "build $name" $rc
    return $rc
}

finish() {
    settle
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit $?
}

export ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/lint/tsan.txt"
if [ "${1:-}" = --long ]; then
    export MATRIX=all
    limit=1800
    program "the whole matrix" build/debug/tests/engine/matrix
    program "every pair of behaviors" build/debug/tests/engine/contract
    # Slowed down by the others, a client's own limits would be met.
    settle
    MIEN=$PWD/build/debug/mien program "clients of others" python3 tests/suites/clients.py
    MIEN=$PWD/build/debug/mien program "official SDKs" python3 tests/suites/sdks.py
    settle
    MIEN=$PWD/build/debug/mien program "other machines" python3 tests/suites/machines.py
    finish
fi
if [ "${1:-}" = --only ]; then
    kind "$2"
    finish
fi
# Each runs once, under ASan and UBSan; plain, what a sanitizer's allocator hides, and later what needs no user namespaces.
alone="unit/host unit/host_process unit/host_servers unit/host_reach unit/denial unit/limits engine/gate engine/matrix"
# shellcheck disable=SC2046,SC2086
build "gcc debug" BUILD=debug all $(printf 'build/debug/tests/%s ' $alone engine/growth no_userns inject.so) &&
    program "debug growth" build/debug/tests/engine/growth
build "gcc asan" BUILD=asan unit && kind asan
# For its warnings: it need not be good.
build "clang debug" BUILD=debug CC=clang CFLAGS="-O0 -g0" all unit-objects build/debug-clang/tests/engine/matrix && program "clang matrix" build/debug-clang/tests/engine/matrix
settle
build "gcc tsan" BUILD=tsan build/tsan/tests/engine/matrix && program "tsan matrix" build/tsan/tests/engine/matrix
settle
if [ -x build/asan/mien ] && [ -x build/debug/mien ]; then
    export MIEN=$PWD/build/asan/mien
    # The longest first: none of them is left alone at the end.
    long="screen python models proxy dialects mcp goals machines doors"
    for t in $(printf 'tests/e2e/%s.py ' $long) $(printf '%s\n' tests/e2e/*.py | grep -vE "/(lib|${long// /|})\.py"); do
        program "e2e $(basename "$t" .py)" python3 "$t"
    done
    # A cell each, of those that are installed; all of them: make test-long.
    program "clients of others" env "MIEN=$PWD/build/debug/mien" python3 tests/suites/clients.py chat
    program "calls that fail" env "MIEN=$PWD/build/debug/mien" python3 tests/faults/faults.py 40
    # Once more what depends on the sandbox, where user namespaces are refused.
    for t in $alone; do
        program "no user namespaces: $t" build/debug/tests/no_userns "build/debug/tests/$t"
    done
    for t in headless servers delegation doors; do
        program "no user namespaces: e2e $t" build/debug/tests/no_userns python3 "tests/e2e/$t.py"
    done
    settle
    python3 tests/tools/structure.py > "$work/out" 2>&1
    rc=$?
    [ $rc = 0 ] || cat "$work/out"
    note "layers" $rc
    sh tests/tools/docs.sh build/debug/mien > "$work/out" 2>&1
    rc=$?
    [ $rc = 0 ] || cat "$work/out"
    note "manual covers the tables" $rc
fi
finish
