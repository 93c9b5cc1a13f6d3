#!/bin/sh
# Installs what FOLDER/package-lock.json pins into FOLDER/node_modules, once per change of it: sh deploy/node.sh FOLDER...
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null || {
    echo "npm is missing; on Debian: apt-get install nodejs npm" >&2
    exit 1
}
for folder in "$@"; do
    stamp=$(cat "$folder/package.json" "$folder/package-lock.json" | cksum)
    marker="$folder/node_modules/.installed"
    [ "$(cat "$marker" 2>/dev/null)" = "$stamp" ] && continue
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    echo "$stamp" >"$marker"
done
