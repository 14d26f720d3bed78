#!/bin/sh
# Installs the programs by which tests read our DICOM objects back; does nothing when they are there.
# They run as separate processes in tests only; the library needs none of them.
set -u
cd "$(dirname "$0")/.." || exit 1

packages=""
command -v dciodvfy >/dev/null 2>&1 || packages="$packages dicom3tools"
command -v dcmdump >/dev/null 2>&1 || packages="$packages dcmtk"
command -v plastimatch >/dev/null 2>&1 || packages="$packages plastimatch"
[ -z "$packages" ] && exit 0

echo "Installing what the tests read DICOM objects back with:$packages"
# shellcheck disable=SC2086  (a list of words)
if Testing/install-debian-packages.sh $packages; then
    exit 0
fi
cat >&2 <<'TEXT'
Some programs for the tests are missing; tests that need one are skipped (with CI=true they fail).
  Debian, Ubuntu:  apt-get install dicom3tools dcmtk plastimatch
  macOS:           brew install dcmtk; dicom3tools from https://www.dclunie.com/dicom3tools.html
  elsewhere:       dcmtk from https://dcmtk.org, plastimatch from https://plastimatch.org
TEXT
[ "${CI:-}" != "true" ]
