#!/bin/sh
# Installs Debian or Ubuntu packages, as root or through sudo: install-debian-packages.sh PACKAGE...
# Each on its own, so that one that a release does not have does not keep out the others.
set -u

if ! command -v apt-get >/dev/null 2>&1; then
    echo "This system has no apt-get; install by its own means: $*" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root="env DEBIAN_FRONTEND=noninteractive"
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo env DEBIAN_FRONTEND=noninteractive"
else
    echo "System packages need root or sudo. As root: apt-get install $*" >&2
    exit 1
fi

$as_root apt-get update -q || echo "The package lists could not be renewed; trying with those that are here." >&2
missing=""
for package in "$@"; do
    $as_root apt-get install -q -y --no-install-recommends "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "Not installed:$missing" >&2
    exit 1
fi
