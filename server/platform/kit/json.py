"""JSON as Python has it."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object whose shape is checked where it is read, or by a template where it is shown."""
