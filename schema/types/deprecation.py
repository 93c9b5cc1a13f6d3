"""What leaves the schema says so half a year before, with both days and what to use instead."""

from __future__ import annotations


def deprecated(since: str, until: str, use: str) -> str:
    """The reason of a deprecation: the day it was announced, the last day it works, and the field to use."""
    return f"Since {since}, works until {until}: use `{use}`."
