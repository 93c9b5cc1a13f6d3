#!/bin/sh
# Every test, from a bare clone. Arguments go to pytest.
# A process for each core, and half as many again: a test waits for its database for half of its time.
set -eu
cd "$(dirname "$0")/.."
. deploy/install.sh
install deploy/requirements-dev.lock
unset PYTHONDONTWRITEBYTECODE # compiled once, not by each process: reading the tests takes half as long then
cores=$("$venv/bin/python" -c 'import os; print(os.cpu_count())')
exec "$venv/bin/python" -m pytest --numprocesses "$((cores + cores / 2))" --dist loadfile --no-loadscope-reorder "$@"
