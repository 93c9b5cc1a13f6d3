#!/bin/sh
# Says by digest what is to run. Asks the registry once for the digest of each image that we build on, builds ours, and
# writes deploy/images.env, which compose.yaml and the Kubernetes overlay are filled from. Keep that file: the same file
# is the same software. Needs docker with buildx, and a way to the registry.
#   sh deploy/images.sh                 # for one host: our images are named by the id that the build gives
#   sh deploy/images.sh REGISTRY/NAME   # also pushes them as REGISTRY/NAME-server and REGISTRY/NAME-proxy, named by digest
# PYTHON_IMAGE, MONGO_IMAGE and CADDY_IMAGE, where set, name other images than these, such as those of a mirror:
set -eu
cd "$(dirname "$0")/.."
. deploy/images.list
check="sh deploy/digests.sh"

resolve() { # NAME:TAG, or NAME@DIGEST as it is: NAME:TAG@DIGEST
    case $1 in
    *@sha256:*) echo "$1" ;;
    *) echo "$1@$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1")" ;;
    esac
}

build() { # NAME ARGUMENTS...: builds, pushes where there is a registry, and says what to run
    name=$1
    shift
    if [ -n "$registry" ]; then
        told=$(mktemp)
        docker buildx build --push --metadata-file "$told" -t "$registry-$name" "$@" >&2
        digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$told")
        rm -f "$told"
        echo "$registry-$name@$digest"
    else
        docker build --quiet "$@"
    fi
}

registry=${1:-}
python=$(resolve "$PYTHON_IMAGE")
mongo=$(resolve "$MONGO_IMAGE")
caddy=$(resolve "$CADDY_IMAGE")
printf 'image: %s\n' "$python" "$mongo" "$caddy" | $check >/dev/null
egret=$(build server -f deploy/Dockerfile --build-arg "PYTHON_IMAGE=$python" .)
proxy=$(build proxy --build-arg "CADDY_IMAGE=$caddy" deploy/proxy)
printf 'image: %s\n' "$egret" "$proxy" | $check >/dev/null
{
    echo "# Made by deploy/images.sh. What runs, by digest."
    printf 'EGRET_IMAGE=%s\nMONGO_IMAGE=%s\nPROXY_IMAGE=%s\n' "$egret" "$mongo" "$proxy"
} >deploy/images.env
cat deploy/images.env
