"""The deployment files, as far as they can be checked without an engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from graphql import build_schema, parse, validate

from schema.api.building import print_sdl
from server.settings import Settings
from tests.support.compose import secrets_of
from tests.support.paths import DEPLOY, ROOT


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def test_compose_has_three_members_two_servers_a_worker_and_a_proxy(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {
        *("mongo1", "mongo2", "mongo3", "mongo-init"),
        *("migrate", "server1", "server2", "worker", "nightly", "backup", "proxy"),
    }
    assert compose["services"]["mongo-init"]["command"] == ["--members", "mongo1:27017,mongo2:27017,mongo3:27017"]


def test_the_database_is_expanded_before_anything_starts(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["migrate"]["command"] == ["migrate", "--expand"]
    assert "migrate" not in services["migrate"]["depends_on"]
    for name in ("server1", "server2", "worker", "nightly", "backup"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_proxy_is_published_and_the_database_is_internal(compose: dict[str, Any]) -> None:
    published = [name for name, service in compose["services"].items() if "ports" in service]
    assert published == ["proxy"]
    assert compose["networks"]["database"]["internal"] is True
    assert "database" not in compose["services"]["proxy"]["networks"]


def test_every_setting_in_compose_is_one_of_ours(compose: dict[str, Any]) -> None:
    server = compose["services"]["server1"]
    names = [n for n in server["environment"] if n.startswith("EGRET_")] + [s.upper() for s in server["secrets"]]
    ours = {n.removeprefix("EGRET_").lower() for n in names if n.startswith("EGRET_")}
    assert ours <= Settings.model_fields.keys()
    assert set(names) - {n for n in names if n.startswith("EGRET_")} == {"MONGO_CA"}
    assert {"EGRET_TOKEN_KEY", "EGRET_INDEX_KEY", "EGRET_MASTER_KEY", "EGRET_MONGODB_URI"} <= set(names)


def test_every_secret_and_volume_that_is_used_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(secrets_of(service).values()) <= compose["secrets"].keys()
        named = [v.split(":")[0] for v in service.get("volumes", []) if not v.startswith(".")]
        assert set(named) <= compose["volumes"].keys()


def test_the_image_is_non_root_and_copies_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "--require-hashes" in text
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, _target = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    for name in ("scoring", "schema", "bot", "server", "pyproject.toml"):
        assert f"!{name}" in ignored


@pytest.mark.parametrize("name", sorted(path.name for path in DEPLOY.glob("*.sh")))
def test_scripts_are_posix_shell(name: str) -> None:
    done = subprocess.run(["/bin/sh", "-n", str(DEPLOY / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_locks_are_hashed_pinned_and_name_no_address() -> None:
    for path in DEPLOY.glob("*.lock"):
        text = path.read_text("utf-8")
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z0-9,-]+\])?==", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"==[^\n]*\\\n\s+--hash", text)), path.name
        assert "://" not in text
        assert "index-url" not in text


def test_what_pyproject_pins_is_what_the_lock_holds() -> None:
    lock = (DEPLOY / "requirements.lock").read_text("utf-8")
    for pin in re.findall(
        r'^    "([a-z0-9-]+==[0-9.]+)",$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    ):
        if pin not in (DEPLOY / "requirements-dev.lock").read_text("utf-8"):
            pytest.fail(f"{pin} is not locked: run deploy/lock.sh")
    assert "starlette==1.10.0" in lock


def test_the_readmes_question_is_one_that_the_api_answers() -> None:
    """A newcomer pastes it: its body must be JSON, and its query valid."""
    readme = (ROOT / "README.md").read_text("utf-8")
    pasted = re.search(r"-d '(\{.*?\})'\n", readme, re.DOTALL)
    assert pasted is not None
    document = parse(json.loads(pasted[1])["query"])
    assert validate(build_schema(print_sdl()), document) == []


def test_secrets_name_the_members_and_the_folder_that_a_host_has(tmp_path: Path) -> None:
    known = {"EGRET_MONGO_MEMBERS": "db1:27117,db2", "EGRET_SECRETS_DIR": "/etc/egret"}
    command = ["/bin/sh", str(DEPLOY / "secrets.sh"), str(tmp_path)]
    subprocess.run(command, env={**os.environ, **known}, capture_output=True, check=True)
    address = urlsplit((tmp_path / "egret_mongodb_uri").read_text("utf-8"))
    assert address.netloc.rpartition("@")[2] == "db1:27117,db2:27017"
    assert parse_qs(address.query)["tlsCAFile"] == ["/etc/egret/mongo_ca"]
    shown = ["openssl", "x509", "-in", str(tmp_path / "mongo_tls"), "-noout", "-ext", "subjectAltName"]
    names = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert "DNS:localhost, IP Address:127.0.0.1, DNS:db1, DNS:db2" in names
