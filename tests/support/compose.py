"""The services of `deploy/compose.yaml` as data."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.paths import DEPLOY


def secrets_of(service: dict[str, Any]) -> dict[str, str]:
    """What a service reads under /run/secrets, by the name that it has there; and which of ours it is."""
    named = service.get("secrets", [])
    return {s if isinstance(s, str) else s["target"]: s if isinstance(s, str) else s["source"] for s in named}


COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


SERVICES: dict[str, Any] = COMPOSE["services"]
