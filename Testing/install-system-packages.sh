#!/bin/sh
# Installs the programs by which tests read our DICOM objects back and configure the extension; does nothing when they
# are there. They run as separate processes in tests only; the library needs none of them.
set -u
cd "$(dirname "$0")/.." || exit 1

packages=""
command -v dciodvfy >/dev/null 2>&1 || packages="$packages dicom3tools"
command -v dcmdump >/dev/null 2>&1 || packages="$packages dcmtk"
command -v plastimatch >/dev/null 2>&1 || packages="$packages plastimatch"
command -v cmake >/dev/null 2>&1 || packages="$packages cmake"
# What the stand-in for the application draws with, without a screen.
if command -v ldconfig >/dev/null 2>&1; then
    libraries=$(ldconfig -p 2>/dev/null)
    case "$libraries" in *libEGL.so.1*) ;; *) packages="$packages libegl1 libegl-mesa0" ;; esac
    case "$libraries" in *libGL.so.1*) ;; *) packages="$packages libgl1" ;; esac
    for driver in /usr/lib/*/dri/swrast_dri.so /usr/lib/*/dri/libdril_dri.so; do
        [ -e "$driver" ] && break
    done
    [ -e "$driver" ] || packages="$packages libgl1-mesa-dri"
    case "$libraries" in *libxkbcommon.so.0*) ;; *) packages="$packages libxkbcommon0" ;; esac
    case "$libraries" in *libdbus-1.so.3*) ;; *) packages="$packages libdbus-1-3" ;; esac
    case "$libraries" in *libfontconfig.so.1*) ;; *) packages="$packages libfontconfig1 fonts-dejavu-core" ;; esac
    case "$libraries" in *libglib-2.0.so.0*) ;; *) packages="$packages libglib2.0-0" ;; esac
    # What `make panel` opens its window with on a screen.
    for one in cursor0:cursor.so.0 icccm4:icccm.so.4 keysyms1:keysyms.so.1 image0:image.so.0 render-util0:render-util.so.0; do
        case "$libraries" in *libxcb-${one#*:}*) ;; *) packages="$packages libxcb-${one%%:*}" ;; esac
    done
    case "$libraries" in *libxkbcommon-x11.so.0*) ;; *) packages="$packages libxkbcommon-x11-0" ;; esac
fi
[ -z "$packages" ] && exit 0

echo "Installing programs that only tests use:$packages"
# shellcheck disable=SC2086  (a list of words)
if Testing/install-debian-packages.sh $packages; then
    exit 0
fi
cat >&2 <<'TEXT'
Some programs for the tests are missing; tests that need one are skipped (with CI=true they fail).
  Debian, Ubuntu:  apt-get install dicom3tools dcmtk plastimatch cmake
  macOS:           brew install dcmtk cmake; dicom3tools from https://www.dclunie.com/dicom3tools.html
  elsewhere:       dcmtk from https://dcmtk.org, plastimatch from https://plastimatch.org,
                   cmake from https://cmake.org
TEXT
[ "${CI:-}" != "true" ]
