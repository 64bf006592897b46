#!/bin/sh
# Fail on an include that points upward. A line below: folder, then what it may include.
set -eu
bad=0
check() {
    dir=$1
    shift
    for f in $(find $dir -name '*.[ch]'); do
        for inc in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f"); do
            ok=0
            for allowed in "$@"; do
                case "$inc" in "$allowed"*) ok=1 ;; esac
            done
            [ $ok = 1 ] || { echo "$f includes $inc: layer $dir may use only: $*"; bad=1; }
        done
    done
}
check src/base base/
check src/config base/ config/
check src/net base/ net/
check src/llm base/ net/ llm/
# Its floors: what is declared; how it is said; a model that is a file. llm.c alone sees all three.
check src/llm/models base/ llm/keys.h llm/playbook/playbook.h llm/models/
check src/llm/chat base/ net/sse.h llm/args.h llm/call_ids.h llm/failure.h llm/keys.h llm/message.h llm/models/ llm/prefix.h llm/chat/
check src/llm/playbook base/ llm/call.h llm/chat/body.h llm/failure.h llm/message.h llm/models/models.h llm/tokens.h llm/playbook/
check src/store base/ store/
check src/host base/ host/
check src/mcp base/ host/ net/ mcp/
check behaviors base/ behaviors/behavior.h
check src/gateway base/ net/ llm/ store/ gateway/
check src/engine base/ config/ llm/ store/ host/ mcp/ behaviors/behavior.h behaviors/behaviors.def engine/
check ui base/ config/ engine/event.h engine/engine.h ui/
check src/cli base/ config/ net/http.h llm/ store/ host/ gateway/ behaviors/behavior.h engine/ ui/ui.h cli/
# One user for each heavy library.
only() {
    what=$1
    shift
    for f in $(grep -lE "^#include <$what" src/*/*.[ch] src/*/*/*.[ch] ui/*.[ch] behaviors/*.[ch] 2>/dev/null || :); do
        ok=0
        for allowed in "$@"; do
            case "$f" in $allowed*) ok=1 ;; esac
        done
        [ $ok = 1 ] || { echo "$f includes <$what>, which belongs to: $*"; bad=1; }
    done
}
only 'curl/' src/net/
only 'microhttpd' src/gateway/
only 'sqlite3' src/store/ src/cli/doctor.c
only '(n?curses|readline)' ui/
only 'yaml\.h' src/base/yaml.c
[ $bad = 0 ] && echo "layers: clean"
exit $bad
