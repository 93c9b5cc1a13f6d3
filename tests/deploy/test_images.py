"""Nothing runs by a tag: what compose and kustomize would run is named by digest, or is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.compose import SERVICES
from tests.support.kubernetes import ALL
from tests.support.paths import DEPLOY

DIGEST = "sha256:" + "0123456789abcdef" * 4
_FILLED = re.compile(r"\$\{(\w+):\?[^}]+\}")
DOCKERFILES = [DEPLOY / "Dockerfile", DEPLOY / "proxy" / "Dockerfile"]


def checked(text: str) -> subprocess.CompletedProcess[str]:
    """What `deploy/digests.sh` says of some YAML."""
    command = ["/bin/sh", str(DEPLOY / "digests.sh")]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "image",
    [
        "mongo:8",
        "mongo",
        "mongo:latest",
        "registry.city.example:5000/egret",
        "egret@sha256:set-by-your-overlay",
        "mongo:8@sha256:0123",
        f"mongo:8@{DIGEST}0",
        f"mongo:8@{DIGEST.upper()}",
        "${MONGO_IMAGE}",
        '""',
    ],
)
def test_an_image_without_a_digest_is_refused_and_named(image: str) -> None:
    for text in (
        f"a:\n  image: {image}\n",
        f"a:\n  - image: '{image}'\n",
        f"image: mongo@{DIGEST}\nx:\n    image: {image}",
        f"a: {{name: x, image: {image}}}\n",
        f'{{"image": "mongo@{DIGEST}", "x": {{"image": {image}}}}}\n',
    ):
        done = checked(text)
        assert done.returncode == 1, text
        assert done.stdout == "", "nothing goes on to kubectl"
        assert image in done.stderr


@pytest.mark.parametrize("image", [f"mongo:8@{DIGEST}", f"registry.city.example:5000/egret-server@{DIGEST}", DIGEST])
def test_an_image_by_digest_goes_through_unchanged(image: str) -> None:
    for text in (f"a:\n  image: {image}\nb: 1\n", f'a:\n- image: "{image}"\n  name: x\n'):
        done = checked(text)
        assert (done.returncode, done.stdout.strip()) == (0, text.strip()), done.stderr


def test_text_without_any_image_is_no_proof() -> None:
    assert checked("a: 1\n").returncode == 1


def filled(text: str, values: dict[str, str]) -> str:
    """As compose fills variables in: one without a value ends it."""
    return _FILLED.sub(lambda found: values[found[1]], text)


def test_compose_has_no_image_of_its_own_and_takes_each_from_images_env() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}
    for name, image in images.items():
        assert _FILLED.fullmatch(image), (name, "no default: without images.env compose refuses to start")
        with pytest.raises(KeyError):
            filled(image, {})
    named = {_FILLED.fullmatch(image)[1] for image in images.values()}  # type: ignore[index]
    assert named == {"EGRET_IMAGE", "MONGO_IMAGE", "PROXY_IMAGE"}
    script = (DEPLOY / "images.sh").read_text("utf-8")
    assert all(f"{name}=%s" in script for name in named), "images.sh writes each"
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    values = dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), "x")
    assert checked(filled(text, values | dict.fromkeys(named, f"some/image:1@{DIGEST}"))).returncode == 0
    assert checked(filled(text, values | {"MONGO_IMAGE": "mongo:8"})).returncode == 1


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_is_built_on_what_the_command_names(path: Path) -> None:
    text = path.read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases
    for base in bases:
        name = re.fullmatch(r"\$\{(\w+)\}", base)
        assert name is not None, base
        assert re.search(rf"^ARG {name[1]}$", text, re.MULTILINE), "without a default"
        assert f'--build-arg "{name[1]}=' in (DEPLOY / "images.sh").read_text("utf-8")
    assert re.search(r"^USER [1-9]\d+$", text, re.MULTILINE)
    assert not re.findall(r"^COPY --from=(?!build\b)", text, re.MULTILINE)


FAKE = """#!/bin/sh
echo "$@" >>"$TOLD"
case "$*" in
*imagetools*) echo sha256:{digest} ;;
*--metadata-file*)
    while [ "$1" != --metadata-file ]; do shift; done
    printf '{{"containerimage.config.digest": "sha256:0", "containerimage.digest": "sha256:{digest}"}}' >"$2" ;;
*) echo sha256:{digest} ;;
esac
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The scripts in a tree of their own, with a docker that only says what it was asked."""
    (tmp_path / "deploy").mkdir()
    for name in ("images.sh", "images.list", "digests.sh"):
        shutil.copy(DEPLOY / name, tmp_path / "deploy" / name)
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(FAKE.format(digest=DIGEST.removeprefix("sha256:")), "utf-8")
    docker.chmod(0o755)
    return tmp_path


def made(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": f"{tree / 'bin'}:{os.environ['PATH']}", "TOLD": str(tree / "told")}
    command = ["/bin/sh", str(tree / "deploy" / "images.sh"), *arguments]
    return subprocess.run(command, env=known | environment, capture_output=True, text=True, check=False)


def written(tree: Path) -> dict[str, str]:
    lines = (tree / "deploy" / "images.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_the_command_writes_what_is_to_run(tree: Path) -> None:
    done = made(tree)
    assert done.returncode == 0, done.stderr
    assert written(tree) == {"EGRET_IMAGE": DIGEST, "MONGO_IMAGE": f"mongo:8.0@{DIGEST}", "PROXY_IMAGE": DIGEST}
    told = (tree / "told").read_text("utf-8")
    assert f"--build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@{DIGEST}" in told
    assert f"--build-arg CADDY_IMAGE=caddy:2@{DIGEST}" in told


def test_what_is_pushed_is_named_by_the_digest_that_the_push_gave(tree: Path) -> None:
    mirror = f"mirror.city.example/mongo:8.0@{DIGEST}"
    done = made(tree, "registry.city.example/egret", MONGO_IMAGE=mirror)
    assert done.returncode == 0, done.stderr
    assert written(tree) == {
        "EGRET_IMAGE": f"registry.city.example/egret-server@{DIGEST}",
        "MONGO_IMAGE": mirror,
        "PROXY_IMAGE": f"registry.city.example/egret-proxy@{DIGEST}",
    }


def test_without_a_digest_nothing_is_written(tree: Path) -> None:
    (tree / "bin" / "docker").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert made(tree).returncode != 0
    (tree / "bin" / "docker").write_text("#!/bin/sh\necho latest\n", "utf-8")
    assert made(tree).returncode != 0
    assert not (tree / "deploy" / "images.env").exists()


@pytest.mark.parametrize(("pod", "one"), ALL)
def test_the_base_names_no_image_that_could_run(pod: dict[str, Any], one: dict[str, Any]) -> None:
    assert one["image"] == "egret@sha256:set-by-your-overlay"


@pytest.fixture
def kustomize() -> list[str]:
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    if shutil.which(command[0]) is None:
        pytest.skip("Needs kustomize or kubectl.")
    return command


def built(kustomize: list[str], folder: Path) -> str:
    return subprocess.run([*kustomize, str(folder)], capture_output=True, text=True, check=True).stdout


def test_what_kustomize_builds_is_refused_until_the_overlay_has_a_digest(kustomize: list[str], tmp_path: Path) -> None:
    for name in ("base", "city"):
        assert checked(built(kustomize, DEPLOY / "k8s" / name)).returncode == 1
    shutil.copytree(DEPLOY / "k8s", tmp_path / "k8s")
    path = tmp_path / "k8s" / "city" / "kustomization.yaml"
    overlay = yaml.safe_load(path.read_text("utf-8"))
    overlay["images"][0]["digest"] = DIGEST
    path.write_text(yaml.safe_dump(overlay), "utf-8")
    text = built(kustomize, path.parent)
    done = checked(text)
    assert done.returncode == 0, done.stderr
    images = re.findall(r"^\s+(?:- )?image: (.+)$", text, re.MULTILINE)
    assert images == [f"registry.city.example/egret-server@{DIGEST}"] * 5
    assert list(yaml.safe_load_all(done.stdout)) == list(yaml.safe_load_all(text))
