#!/bin/sh
# Installs the generators of the clients, what checks the mini-program, and the tools that question the server from outside.
# Node's go into node_modules beside each lock, Python's into .venv here: they need an older graphql-core than ours.
set -eu
cd "$(dirname "$0")/../.."
sh deploy/node.sh tests/clients tests/clients/stock tests/clients/miniprogram deploy/miniprogram
. deploy/install.sh
lock=deploy/requirements-clients.lock venv=tests/clients/.venv
[ "$(cat $venv/installed 2>/dev/null)" = "$(cksum <$lock)" ] && exit
python=.venv/bin/python
[ -x $python ] || python=$(find_python)
[ -x $venv/bin/python ] || "$python" -m venv $venv
$venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $lock >&2
cksum <$lock >$venv/installed
