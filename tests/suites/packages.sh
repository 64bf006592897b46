#!/bin/bash
# The package, the tar and the portable program: built and tried. Run by "make packages"; ends with
# "N passed, N failed". As root the portable one is also tried in a root that holds nothing else.
set -u
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'umount "$work/root/proc" 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0
try() { # try NAME COMMAND...
    name=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        failed=$((failed + 1))
        echo "not ok $name"
        tail -n 15 "$work/out"
    fi
}
version=$(sed -n 's/^VERSION := //p' Makefile)
printf 'turns: [{say: "hello from {user}"}]\n' > "$work/play.yaml"
export MIEN_STATE_DIR=$work/state MIEN_CONFIG_DIR=$work/config
says() { [ "$("$@" exec -m "playbook/$play" -C "$at" 'the box')" = "hello from the box" ]; }
play=$work/play.yaml at=$work

try "the package is built, and lintian has nothing to say" make deb
package=$(ls build/deb/*.deb)
try "it is unpacked" dpkg-deb -x "$package" "$work/deb"
try "its program runs" says "$work/deb/usr/bin/mien"
holds() { for f; do [ -s "$work/deb/usr/$f" ] || { echo "no $f"; return 1; }; done; }
try "it holds manual, completions and the header of behaviors" holds share/man/man1/mien.1.gz \
    share/bash-completion/completions/mien share/zsh/vendor-completions/_mien \
    share/fish/vendor_completions.d/mien.fish include/mien/behavior.h share/pkgconfig/mien-behavior.pc
twice() { make deb && cmp "$package" "$work/first.deb"; }
cp "$package" "$work/first.deb"
try "built again it is the same, to the byte" twice

same() { make dist && cp build/dist/*.tar.gz "$work/first.tgz" && make dist && cmp build/dist/*.tar.gz "$work/first.tgz" && (cd build/dist && sha256sum -c ./*.sha256); }
try "the tar is the same each time" same
fresh() { tar -C "$work" -xf build/dist/*.tar.gz && make -C "$work/mien-$version" all &&
          "$work/mien-$version/build/release/mien" --version | grep -E "^mien $version \([0-9a-f]{7,}\)$"; }
try "it builds, and knows its commit" fresh

try "the portable program is built" make portable
portable=$(ls -d build/portable/mien-*/)
try "it runs" says "${portable}mien"
needs() { [ "$(readelf -d "${portable}mien" | grep -c NEEDED)" = 3 ]; }
try "it needs the C library, libm and what lies beside it" needs
if [ "$(id -u)" = 0 ]; then
    r=$work/root
    mkdir -p "$r"/{opt,tmp,home,proc,etc,bin,usr/share}
    for f in $(ldd /bin/true "${portable}mien" | grep -oE '/[^ ]*(ld-linux|libc\.so|libm\.so)[^ ]*' | sort -u); do
        mkdir -p "$r$(dirname "$f")"
        cp -L "$f" "$r$f"
    done
    for l in libdl libpthread librt libresolv; do # of the same C library; nearly empty files today
        f=$(ldconfig -p | sed -n "s|.*$l.so[^ ]* .* => ||p" | head -n 1)
        [ -z "$f" ] || { mkdir -p "$r$(dirname "$f")"; cp -L "$f" "$r$f"; }
    done
    cp -r "$portable" "$r/opt/mien"
    cp "$work/play.yaml" "$r/tmp/"
    if mount -t proc proc "$r/proc" 2>/dev/null || mount --bind /proc "$r/proc" 2>/dev/null; then
        play=/tmp/play.yaml at=/home
        try "it runs where there is nothing else" says chroot "$r" /opt/mien/mien
        talks() { chroot "$r" /opt/mien/mien exec -m openai/x -C /home hi 2>&1 | grep -q "cannot connect to http://127.0.0.1:9"; }
        try "it finds the libraries of the network" env OPENAI_API_KEY=x OPENAI_BASE_URL=http://127.0.0.1:9/v1 bash -c "$(declare -f talks); r=$r; talks"
    else
        echo "no /proc can be mounted: the empty root is left out"
    fi
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
