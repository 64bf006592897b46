#!/bin/sh
# Everything in the program's tables must stand in a man page. usage: docs.sh BINARY
set -eu
bin=$1
text=$(cat man/*.[157] | sed 's/\\-/-/g; s/\\&//g; s/\\(em/-/g; s/\\fB//g; s/\\fI//g; s/\\fR//g; s/\\fP//g')
bad=0
tab=$(printf '\t')
"$bin" reference > "${TMPDIR:-/tmp}/mien-reference.$$"
while IFS="$tab" read -r kind name rest; do
    case "$kind" in
        option|subcommand|setting|event|request|behavior|param|tool|key|command|text) ;;
        *) continue ;;
    esac
    case "$text" in
        *"$name"*) ;;
        *) echo "man pages do not mention $kind $name"; bad=1 ;;
    esac
done < "${TMPDIR:-/tmp}/mien-reference.$$"
rm -f "${TMPDIR:-/tmp}/mien-reference.$$"
[ $bad = 0 ] && echo "docs: every option, command, key, setting, event and behavior is in the manual"
exit $bad
