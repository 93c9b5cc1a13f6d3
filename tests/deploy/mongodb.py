"""The database of `deploy/compose.yaml`, as far as one machine can have it: its secrets, its flags, its users."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from server.platform.db.embedded import find_mongod
from tests.faults.replica_set import free_port
from tests.support.paths import DEPLOY

_INSIDE = "/run/secrets/"
_PATIENCE = 60


@dataclass(frozen=True)
class Guarded:
    """Running members with TLS and accounts."""

    folder: Path
    ports: tuple[int, ...]

    @property
    def port(self) -> int:
        """Of the first member, next to which the accounts are made."""
        return self.ports[0]

    @property
    def members(self) -> str:
        """As `--members` takes them."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def uri(self, secret: str) -> str:
        """The address in a secret, with this machine for the three members."""
        text = (self.secrets / secret).read_text("utf-8")
        before, _, options = text.partition("?")
        account = before.rpartition("@")[0]
        options = options.replace(_INSIDE, f"{self.secrets}/")
        return f"{account}@{self.members}/egret?{options}"

    def client(self, account: str | None, secret: str = "", **options: Any) -> MongoClient[dict[str, Any]]:
        """A connection with the password in a secret; without an account one of no one."""
        known: dict[str, Any] = {
            "tls": True,
            "tlsCAFile": str(self.secrets / "mongo_ca"),
            "serverSelectionTimeoutMS": 5000,
        }
        if account is not None:
            known |= {"username": account, "password": self.read(secret)}
        return MongoClient("127.0.0.1", self.port, directConnection=True, **(known | options))

    def read(self, secret: str) -> str:
        return (self.secrets / secret).read_text("utf-8").strip()

    def init(self) -> subprocess.CompletedProcess[str]:
        """Run what the service `mongo-init` runs."""
        where = ("--members", self.members, "--secrets", str(self.secrets), "--port", str(self.port))
        command = [sys.executable, str(DEPLOY / "mongo" / "init.py"), *where]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def make_secrets(folder: Path) -> Path:
    """What `deploy/secrets.sh` makes."""
    command = ["/bin/sh", str(DEPLOY / "secrets.sh"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@contextlib.contextmanager
def guarded(folder: Path, members: int = 1) -> Iterator[Guarded]:
    """So many members, started with the flags of `compose.yaml`, without any account yet."""
    made = Guarded(folder, tuple(free_port() for _ in range(members)))
    make_secrets(made.secrets)
    key = folder / "mongo_key"
    shutil.copy(made.secrets / "mongo_key", key)
    key.chmod(0o400)
    with contextlib.ExitStack() as stack:
        for port in made.ports:
            process, log = _start(made, port, key)
            stack.callback(process.wait, _PATIENCE)
            stack.callback(process.terminate)
            _wait(made, port, process, log)
        yield made


def _start(made: Guarded, port: int, key: Path) -> tuple[subprocess.Popen[bytes], Path]:
    data = made.folder / f"db-{port}"
    data.mkdir()
    own = {"--dbpath=/data/db": f"--dbpath={data}", "--keyFile=/tmp/mongo_key": f"--keyFile={key}"}
    flags = [own.get(flag, flag.replace(_INSIDE, f"{made.secrets}/")) for flag in _flags() if flag != "--bind_ip_all"]
    log = made.folder / f"mongod-{port}.log"
    command = [str(find_mongod()), *flags, f"--port={port}", "--bind_ip=127.0.0.1", f"--logpath={log}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), log


def _flags() -> list[str]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    flags: list[str] = compose["services"]["mongo1"]["command"]
    return flags


def _wait(made: Guarded, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    options: dict[str, Any] = {
        "tls": True,
        "tlsCAFile": str(made.secrets / "mongo_ca"),
        "serverSelectionTimeoutMS": 500,
    }
    with MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True, **options) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text("utf-8")[-2000:]
            with contextlib.suppress(PyMongoError):
                client.admin.command("ping")
                return
            time.sleep(0.1)
    raise TimeoutError(log)
