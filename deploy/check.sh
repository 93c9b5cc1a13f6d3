#!/bin/sh
# What is checked before each commit, in under a minute: lint, format, types, imports, and tests without a database.
set -eu
cd "$(dirname "$0")/.."
. deploy/install.sh
install deploy/requirements-dev.lock
bin=$venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports --no-logo
sh deploy/test.sh --quiet tests/scoring tests/bot tests/schema tests/test_house.py tests/test_imports.py "$@"
