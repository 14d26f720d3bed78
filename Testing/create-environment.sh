#!/bin/sh
# Creates a virtual environment with a Python that this software runs on: create-environment.sh FOLDER
# PYTHON names one; otherwise the first fit one of python3, python3.13, python3.12, python3.11 is taken.
set -eu
folder=$1
cd "$(dirname "$0")/.."

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

python=""
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if fits "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "none")
    echo "DosePaintingHRS needs Python 3.11, 3.12 or 3.13; found: $found." >&2
    echo "Install one of them, or name it: make demo PYTHON=/path/to/python3.12" >&2
    exit 1
fi

# Debian and Ubuntu keep the module that makes environments in a package of its own.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    Testing/install-debian-packages.sh "python$version-venv"
fi
echo "Creating $folder with $("$python" --version)"
if ! "$python" -m venv "$folder"; then
    rm -rf "$folder"
    exit 1
fi
