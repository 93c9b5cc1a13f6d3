#!/bin/sh
# Every test, from a bare clone. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
. deploy/install.sh
install deploy/requirements-dev.lock
exec .venv/bin/python -m pytest "$@"
