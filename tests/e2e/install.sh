#!/usr/bin/env bash
# Installs what the end-to-end runs of one platform need: tests/e2e/install.sh NAME makes .e2e/NAME with what requirements-NAME.txt lists.
# Quick when it is there already. Prints the Python to run them with. Needs Python 3.11 or newer with venv, and a package index.
set -euo pipefail
name=${1:?which platform: tests/e2e/install.sh discord}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
wanted=$here/requirements-$name.txt
place=$root/.e2e/$name
[ -f "$wanted" ] || { echo "there is no $wanted" >&2; exit 2; }

if ! cmp -s "$wanted" "$place/installed.txt"; then
    rm -rf "$place"
    mkdir -p "$root/.e2e"
    "${PYTHON:-python3}" -m venv "$place" >&2
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --requirement "$wanted" >&2
    "$place/bin/python" -m pip check --disable-pip-version-check >&2
    # written last: what was broken off is installed again
    cp "$wanted" "$place/installed.txt"
fi
echo "$place/bin/python"
