#!/bin/sh
# Every test, from a bare clone, a core each. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
. deploy/install.sh
install deploy/requirements-dev.lock
unset PYTHONDONTWRITEBYTECODE # compiled once, not by each process: reading the tests takes half as long then
exec "$venv/bin/python" -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder "$@"
