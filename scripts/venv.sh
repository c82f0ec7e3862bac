#!/bin/sh
# venv.sh PYTHON VENV REQUIREMENT: make the virtual environment if need be and install the project into it, editable.
set -eu

python=$1
venv=$2
requirement=$3

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "uimkit needs Python 3.11 or later; '$python' is not. Say which: make PYTHON=python3.12 ..." >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv" || {
        echo "no virtual environment: apt-get install python3-venv" >&2
        exit 1
    }
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$requirement"
