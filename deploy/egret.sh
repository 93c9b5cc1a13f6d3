#!/bin/sh
# `egret` from a clone, in any folder: sh deploy/egret.sh score --help. Installs into .venv where nothing is there yet.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
program=${EGRET_VENV:-$root/.venv}/bin/egret
[ -x "$program" ] || (cd "$root" && . deploy/install.sh && install deploy/requirements.lock deploy/requirements-demo.lock)
exec "$program" "$@"
