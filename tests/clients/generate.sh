#!/bin/sh
# Generates both clients again from schema/schema.graphql and their operations.
set -eu
cd "$(dirname "$0")/../.."
sh tests/clients/install.sh
node tests/clients/generate.mjs
client=deploy/python-client
rm -rf $client/egret_client/generated
PATH="$PWD/tests/clients/.venv/bin:$PATH" ariadne-codegen --config $client/ariadne-codegen.toml >/dev/null
