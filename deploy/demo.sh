#!/bin/sh
# The demo, from a bare clone: installs into .venv, starts the embedded database, seeds a synthetic city, serves.
# Arguments go to `egret demo`, such as --port, --data-dir, --residents, --no-open.
set -eu
cd "$(dirname "$0")/.."
. deploy/install.sh
install deploy/requirements.lock deploy/requirements-demo.lock
exec .venv/bin/egret demo "$@"
