"""One demo for everything that asks from outside, and the tools that ask."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import Demo

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Tools:
    """Runs node scripts and Python tools as they are pinned here."""

    def node(self, script: str, *arguments: str) -> str:
        """The output of one of our scripts, or of one in node_modules."""
        return self._run(["node", str(HERE / script), *arguments])

    def python_tool(
        self, name: str, *arguments: str, cwd: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """A tool from the environment next to this file, run at the project's root if nowhere else."""
        folder = HERE / ".venv" / "bin"
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, **environment}
        command = [str(folder / name), *arguments]
        return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=900, check=False)

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Installs what is pinned, once; elsewhere than in CI, a machine without npm or a registry skips these tests."""
    install = ["sh", str(HERE / "install.sh")]
    done = subprocess.run(install, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"needs npm and a package registry; tests/clients/install.sh said: {done.stderr.strip()[-500:]}")
    return Tools()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("clients") / "egret")
    running.base_url()
    yield running
    running.stop()
