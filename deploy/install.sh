# Sourced by demo.sh, check.sh and test.sh: makes .venv and installs what the lock files pin, once per change of them.
# Usage: install LOCK [LOCK ...]
# EGRET_VENV is another folder, such as for another Python.

venv=${EGRET_VENV:-.venv}

find_python() {
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Egret needs Python 3.11 or newer; none was found. Install it, or set PYTHON to one." >&2
    exit 1
}

install() {
    stamp=$(cat pyproject.toml "$@" | cksum)
    marker="$venv/installed-$(echo "$*" | cksum | cut -d' ' -f1)"
    if [ -x "$venv/bin/egret" ] && [ "$(cat "$marker" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    if [ ! -x "$venv/bin/python" ]; then
        python=$(find_python)
        echo "Making $venv with $("$python" --version) ..." >&2
        "$python" -m venv "$venv" || {
            echo "This Python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2
            exit 1
        }
    fi
    requirements=""
    for lock in "$@" deploy/requirements-build.lock; do
        requirements="$requirements -r $lock"
    done
    echo "Installing pinned dependencies (a minute or so) ..." >&2
    # shellcheck disable=SC2086 # the list of options is meant to be split
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes $requirements >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation --editable . >&2
    echo "$stamp" >"$marker"
}
