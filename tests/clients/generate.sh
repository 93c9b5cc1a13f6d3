#!/bin/sh
# Generates both example clients again from schema/schema.graphql and their operations.
set -eu
cd "$(dirname "$0")/../.."
sh tests/clients/install.sh
node tests/clients/generate.mjs
rm -rf tests/clients/python/egret_api
PATH="$PWD/tests/clients/.venv/bin:$PATH" ariadne-codegen --config tests/clients/python/ariadne-codegen.toml >/dev/null
