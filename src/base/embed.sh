#!/bin/sh
# Print the data table (data.h) for the files named: usage embed.sh FILE...
set -eu
printf '#include "base/data.h"\n\n'
i=0
for f in "$@"; do
    printf 'static const unsigned char file_%d[] = {' "$i"
    od -An -v -tx1 "$f" | sed 's/ *\([0-9a-f][0-9a-f]\)/\\x\1/g; s/\\x/0x/g; s/0x\([0-9a-f][0-9a-f]\)/0x\1,/g'
    printf '0};\n'
    i=$((i + 1))
done
printf '\nconst struct data_file data_files[] = {\n'
i=0
for f in "$@"; do
    printf '    {"%s", (const char *)file_%d, sizeof file_%d - 1},\n' "$f" "$i" "$i"
    i=$((i + 1))
done
printf '    {0},\n};\n'
