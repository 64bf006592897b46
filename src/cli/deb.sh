#!/bin/sh
# A Debian package of what is built: src/cli/deb.sh VERSION DIR HEADERS, from the top of the tree.
# The control files are written into DIR from the templates beside this script.
set -eu
version=$1 dir=$2 headers=$3
arch=$(dpkg --print-architecture)
when=$(git log -1 --format=%cD 2>/dev/null || date -R -r Makefile)
SOURCE_DATE_EPOCH=$(date -d "$when" +%s)
export SOURCE_DATE_EPOCH # times in the package are the commit's
root=$dir/root
doc=$root/usr/share/doc/mien
rm -rf "$dir"
mkdir -p "$root/DEBIAN" "$doc" "$dir/debian" "$root/usr/share/lintian/overrides"
make -s install DESTDIR="$root" PREFIX=/usr BEHAVIOR_HEADERS="$headers"
# Debian's place for what zsh completes.
mkdir -p "$root/usr/share/zsh"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
find "$root/usr/share/man" -type f -exec gzip -9n {} +

{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n'
    sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
    printf 'License: Expat\n'
    sed '1,/^Copyright/d; 1,/^$/{/^$/d}; s/^$/./; s/^/ /' LICENSE
} > "$doc/copyright"
printf 'mien (%s) unstable; urgency=medium\n\n  * What changed stands in the README.\n\n -- %s  %s\n' "$version" \
    "$(sed -n 's/^Maintainer: //p' src/cli/deb_control.in)" "$when" | gzip -9n > "$doc/changelog.gz"
cp src/cli/deb_overrides.in "$root/usr/share/lintian/overrides/mien"

printf 'Source: mien\n\nPackage: mien\nArchitecture: any\n' > "$dir/debian/control"
depends=$(cd "$dir" && dpkg-shlibdeps -O -e root/usr/bin/mien 2>/dev/null | sed 's/^shlibs:Depends=//')
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/; s/@DEPENDS@/$depends/" \
    src/cli/deb_control.in > "$root/DEBIAN/control"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum > DEBIAN/md5sums)
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$dir/mien_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" > /dev/null
echo "$package"
if command -v lintian > /dev/null 2>&1; then
    lintian --fail-on error,warning "$package"
else
    echo "lintian is not installed: the package was not looked at by it"
fi
