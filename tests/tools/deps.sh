#!/bin/sh
# Install what is missing of the packages named, through apt, saying so first. With everything
# there nothing is called. Without root or sudo: print the one command to run and stop.
set -eu
missing=
for p in "$@"; do
    case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null || :)" in
        ii*) ;;
        *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "mien needs these packages, and there is no apt here to install them:$missing" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as=
elif command -v sudo >/dev/null 2>&1; then
    as=sudo
else
    echo "mien needs some packages. Run this as root, then try again:" >&2
    echo "  apt-get update && apt-get install -y$missing" >&2
    exit 1
fi
echo "Installing through apt:$missing"
$as apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $missing >/dev/null
