"""No file of this project holds a secret. What looks like one is listed with the reason why it is none."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from tests.support.paths import ROOT

KNOWN = ROOT / "tests" / "golden" / "tables" / "secrets.toml"
_NOT_LOOKED_AT = (".lock", "package-lock.json", ".png", ".woff2", "secrets.toml")
"""Hashes of packages, pictures, and this list itself."""


def tracked() -> list[str]:
    """Every file that is, or would be, committed."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if not name.endswith(_NOT_LOOKED_AT) and (ROOT / name).is_file()]


def found_in(files: list[str], root: Path) -> dict[str, set[str]]:
    """By file, the digests of what looks like a secret."""
    secrets = SecretsCollection(root=str(root))
    with default_settings():
        for name in files:
            secrets.scan_file(name)
    return {name: {secret.secret_hash for secret in of_file} for name, of_file in secrets.data.items()}


@pytest.mark.long
def test_nothing_that_looks_like_a_secret_is_in_a_file() -> None:
    known = {row["file"]: set(row["digests"]) for row in tomllib.loads(KNOWN.read_text("utf-8"))["known"]}
    found = found_in(tracked(), ROOT)
    told = "take it out, change it where it is in use, or say in secrets.toml why it is none"
    assert _beyond(found, known) == {}, told
    assert _beyond(known, found) == {}, "listed, but no longer there: take it out of secrets.toml"


def _beyond(these: dict[str, set[str]], those: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is in these and not in those."""
    beyond = {name: digests - those.get(name, set()) for name, digests in these.items()}
    return {name: digests for name, digests in beyond.items() if digests}


def test_a_secret_would_be_found(tmp_path: Path) -> None:
    planted = {
        "settings.py": 'aws_secret_access_key = "' + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzKEYQQ" + '"\n',
        "notes.md": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE\n",
        "deploy.yaml": 'password: "' + "Tr0ub4dor-and-3-horses" + '"\n',
    }
    for name, content in planted.items():
        (tmp_path / name).write_text(content, "utf-8")
    assert set(found_in(list(planted), tmp_path)) == set(planted)
