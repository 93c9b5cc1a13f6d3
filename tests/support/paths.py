"""Where things lie, whatever folder a test moves to."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
GOLDEN = ROOT / "tests" / "golden"
TABLES = GOLDEN / "tables"
K8S = DEPLOY / "k8s"
