"""Known vulnerabilities in everything that is locked, and in the image where there is one.

    python deploy/audit.py

Asks pip-audit (advisories of PyPI), npm, and Trivy where it is installed. What cannot be asked from here is said and
harms nothing; a vulnerability that is known fails. Run it every night on a machine that reaches the advisories.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIP_AUDIT = ROOT / "tests" / "clients" / ".venv" / "bin" / "pip-audit"
LOCKS = tuple(f"deploy/requirements{name}.lock" for name in ("", "-dev", "-clients", "-build"))
NODE = (
    "deploy/graphiql",
    "deploy/bench/api",
    "deploy/miniprogram",
    "tests/clients",
    "tests/clients/stock",
    "tests/clients/miniprogram",
)
IMAGE = "egret"
_SECONDS = 120.0


class NotAskedError(Exception):
    """No one could be asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One thing to ask about; what is found has a line each. Asking raises NotAskedError."""

    what: str
    ask: Callable[[], Iterable[str]]


def audits() -> list[Audit]:
    """Everything that is asked about."""
    return [
        *(Audit(lock, lambda lock=lock: of_lock(lock)) for lock in LOCKS),  # type: ignore[misc]
        *(Audit(f"{folder}/package-lock.json", lambda folder=folder: of_node(folder)) for folder in NODE),  # type: ignore[misc]
        Audit(f"image {IMAGE}", of_image),
    ]


def of_lock(lock: str) -> Iterable[str]:
    """What pip-audit knows of a lock."""
    if not PIP_AUDIT.exists():
        raise NotAskedError("pip-audit is not installed: sh tests/clients/install.sh")
    asked = [str(PIP_AUDIT), "-r", lock, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    return from_pip_audit(_output(asked))


def from_pip_audit(said: str) -> list[str]:
    """The vulnerabilities in what pip-audit says. Raises NotAskedError where it could ask about nothing."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        raise NotAskedError("the advisories cannot be reached from here") from None
    if packages and all("skip_reason" in package for package in packages):
        raise NotAskedError("the advisories cannot be reached from here")
    return [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {vulnerability['fix_versions']}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]


def of_node(folder: str) -> Iterable[str]:
    """What npm knows of a lock."""
    if shutil.which("npm") is None:
        raise NotAskedError("npm is not installed")
    return from_npm(_output(["npm", "audit", "--json", "--package-lock-only"], ROOT / folder))


def from_npm(said: str) -> list[str]:
    """The vulnerabilities in what npm says. Raises NotAskedError where it could not ask."""
    try:
        packages = json.loads(said)["vulnerabilities"]
    except (ValueError, KeyError):
        raise NotAskedError("the advisories cannot be reached from here") from None
    return [f"{name}: {found['severity']}, {found['range']}" for name, found in packages.items()]


def of_image() -> Iterable[str]:
    """What Trivy finds in the image, where both are there."""
    if shutil.which("trivy") is None:
        raise NotAskedError("trivy is not installed")
    return from_trivy(_output(["trivy", "image", "--quiet", "--format", "json", "--severity", "HIGH,CRITICAL", IMAGE]))


def from_trivy(said: str) -> list[str]:
    """The vulnerabilities in what Trivy says. Raises NotAskedError where there is no such image."""
    try:
        results = json.loads(said).get("Results", [])
    except ValueError:
        raise NotAskedError(f"no image {IMAGE}: run deploy/images.sh and docker tag its EGRET_IMAGE {IMAGE}") from None
    return [
        f"{found['PkgName']} {found['InstalledVersion']}: {found['VulnerabilityID']}, {found['Severity']}"
        for result in results
        for found in result.get("Vulnerabilities") or ()
    ]


def _output(command: Sequence[str], folder: Path = ROOT) -> str:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False).stdout
    except subprocess.TimeoutExpired:
        raise NotAskedError(f"no answer within {_SECONDS:.0f} s") from None


def main(asked: Sequence[Audit] | None = None) -> int:
    """Ask about everything; 1 where something is known."""
    known = 0
    for audit in audits() if asked is None else asked:
        try:
            found = list(audit.ask())
        except NotAskedError as why:
            print(f"{audit.what}: not asked, {why}")
            continue
        known += len(found)
        print(f"{audit.what}: {'nothing known' if not found else f'{len(found)} known'}")
        for line in found:
            print(f"  {line}")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
