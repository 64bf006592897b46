#!/bin/sh
# The portable program with the libraries it loads, as DIR/NAME and a tar: src/cli/portable.sh
# PROGRAM DIR NAME, from the top of the tree. The C library's own are left to the machine: a copy of them would not fit its kernel's loader.
set -eu
program=$1 dir=$2 name=$3
at=$dir/$name
rm -rf "$at"
mkdir -p "$at/lib" "$at/man"
cp "$program" "$at/mien"
found() { # found LIBRARY: its file
    ldconfig -p 2>/dev/null | sed -n "s|^[[:space:]]*$1 .* => ||p" | head -n 1
}
for library in libcurl.so.4 libmicrohttpd.so.12; do
    file=$(found "$library")
    [ -n "$file" ] || file=$(PATH="$PATH:/sbin:/usr/sbin" found "$library")
    [ -n "$file" ] || { echo "$library is not installed: it would be missing beside the program" >&2; exit 1; }
    cp -L "$file" "$at/lib/$library"
done
for file in "$at/mien" "$at"/lib/libcurl.so.4 "$at"/lib/libmicrohttpd.so.12; do
    ldd "$file" | sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p'
done | sort -u | while read -r library file; do
    case $library in
        libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.*) ;;
        *) [ -e "$at/lib/$library" ] || cp -L "$file" "$at/lib/$library" ;;
    esac
done
cp man/*.[157] "$at/man"
cp README.md LICENSE "$at"
tar -C "$dir" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n > "$dir/$name.tar.gz"
(cd "$dir" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
du -h "$at/mien" "$dir/$name.tar.gz" | sed "s|$dir/||"
