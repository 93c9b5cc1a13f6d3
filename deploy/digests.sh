#!/bin/sh
# Passes YAML on if every image in it is named by a digest; otherwise names those that are not, and fails.
#   docker compose … config | sh deploy/digests.sh >/dev/null
#   kubectl kustomize deploy/k8s/city | sh deploy/digests.sh | kubectl apply -f -
set -eu
text=$(cat)
named=$(printf '%s\n' "$text" | grep -E '(^|[^A-Za-z_-])"?image"?:' || true)
good='^[[:space:]]*(- )?"?image"?:[[:space:]]+["'"'"']?([a-z0-9][a-zA-Z0-9._/:-]*@)?sha256:[0-9a-f]{64}["'"'"']?$'
wrong=$(printf '%s\n' "$named" | grep -Ev "$good" || true)
if [ -z "$named" ]; then
    echo "digests.sh: there is no image in this" >&2
    exit 1
fi
if [ -n "$wrong" ]; then
    echo "digests.sh: not by digest, so no one knows what would run:" >&2
    printf '%s\n' "$wrong" | sort -u >&2
    exit 1
fi
printf '%s\n' "$text"
