"""The manifests of `deploy/k8s` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.paths import K8S

Manifest = dict[str, Any]


def load(folder: str) -> list[Manifest]:
    files = [path for path in sorted((K8S / folder).glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [one for path in files for one in yaml.safe_load_all(path.read_text("utf-8"))]


BASE = load("base")


def of(kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in BASE if one["kind"] == kind}


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every container, those of first steps too: a name, its pod's spec, and itself."""
    for one in (*BASE, *load("jobs")):
        spec = one.get("spec", {})
        pod = spec.get("jobTemplate", one)["spec"].get("template", {}).get("spec") if spec else None
        if pod is not None and one["kind"] != "ConfigMap":
            name = one["metadata"].get("name") or one["metadata"]["generateName"]
            yield from ((f"{name}/{c['name']}", pod, c) for c in (*pod.get("initContainers", []), *pod["containers"]))


ALL = [pytest.param(pod, one, id=name) for name, pod, one in containers()]
