"""Answers without the addresses of minutes in them: each time there is a new one."""

from __future__ import annotations

from typing import Any


def without_addresses(answer: Any) -> Any:
    """The same answer without where letters stand."""
    if isinstance(answer, dict):
        kept = {name: value for name, value in answer.items() if name not in ("letterUrl", "receiptUrl")}
        return {name: without_addresses(value) for name, value in kept.items()}
    return [without_addresses(value) for value in answer] if isinstance(answer, list) else answer
