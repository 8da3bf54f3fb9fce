#!/usr/bin/env bash
# Makes .venv from uv.lock. Run by `make setup`, which then builds assets and compiles translations.
set -euo pipefail
cd "$(dirname "$0")"

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
        python="$candidate"
        break
    fi
done
if [ -z "$python" ]; then
    echo "Tongxin needs Python 3.11, 3.12 or 3.13. On Debian: apt-get install python3" >&2
    exit 1
fi

if [ ! -x .venv/bin/python ]; then
    # Debian keeps ensurepip in a package of its own.
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ]; then
            apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv
        else
            echo "Python's venv module is missing. Ask an administrator for: apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    "$python" -m venv .venv
fi
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --upgrade >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.5"
# With bytecode: where PYTHONDONTWRITEBYTECODE is set, each start would compile 1,700 files again.
.venv/bin/uv sync --quiet --frozen --inexact --compile-bytecode --python .venv/bin/python
