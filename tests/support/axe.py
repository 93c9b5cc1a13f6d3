"""Which rules of accessibility a page has to pass."""

from __future__ import annotations

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
