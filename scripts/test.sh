#!/bin/sh
# Lint, types and all tests. The last lines say whether the tests with Dask, PKCS#11 and PC/SC ran; with CI=true they must.
set -eu
cd "$(dirname "$0")/.."

bin=.venv/bin
report=build/test-report.xml
failed=

installed() { dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

# What the PC/SC and PKCS#11 tests and the building of pyscard need: Debian 12 and Ubuntu 24.04 call it the same.
missing_packages() {
    for command in pcscd:pcscd opensc:opensc-tool pcsc-tools:scriptor softhsm2:softhsm2-util gcc:gcc; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${command#*:}" >/dev/null 2>&1 || printf ' %s' "${command%%:*}"
    done
    [ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] || printf ' vsmartcard-vpcd'
    # an interpreter may bring its own headers or ensurepip; only the system's takes them from packages
    "$python" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
        installed python3-dev || printf ' python3-dev'
    "$python" -c 'import ensurepip' 2>/dev/null || installed python3-venv || printf ' python3-venv'
    [ -e /usr/include/PCSC/winscard.h ] || printf ' libpcsclite-dev'
}

install_packages() {
    [ "$(id -u)" = 0 ] && { [ "${CI:-}" = true ] || [ "${UIMKIT_APT:-}" = 1 ]; } || return 1
    command -v apt-get >/dev/null || return 1
    echo "== apt-get install$1"
    # shellcheck disable=SC2086  # a list of packages
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $1 >/dev/null
}

step() {
    echo "== $*"
    "$@" || failed="$failed ${1##*/}"
}

have_pyscard() { "$bin/python" -c 'import smartcard.scard' >/dev/null 2>&1; }

python=${PYTHON:-python3}
missing=$(missing_packages)
if [ -n "$missing" ]; then
    install_packages "$missing" || echo "the PC/SC and PKCS#11 tests need: sudo apt-get install$missing"
fi

"${MAKE:-make}" .venv/.stamp-test
if ! have_pyscard; then
    echo "== pip install pyscard"
    "$bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[pcsc]' >build.log 2>&1 ||
        echo "pyscard could not be built (it needs libpcsclite-dev python3-dev gcc)"
    rm -f build.log
fi

mkdir -p build
rm -f "$report"
step "$bin/ruff" check
step "$bin/ruff" format --check
step "$bin/mypy"
step "$bin/pytest" -q -n auto --dist worksteal --junitxml="$report"

[ -z "$failed" ] || echo "FAILED:$failed"
code=0
"$bin/python" scripts/outcome.py "$report" || code=1
[ -z "$failed" ] || code=1
exit "$code"
