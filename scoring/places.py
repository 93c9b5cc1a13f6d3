"""Where in a scheme's files something stands, so that a finding has file and line."""

from __future__ import annotations

from pathlib import Path

_FILES = {"rule": "rules.toml", "benefit": "benefits.toml"}


def where(folder: Path, place: str) -> str:
    """File and line of a place such as `rule tax.evasion`; the file alone where there is no such line."""
    kind, _, code = place.partition(" ")
    name = _FILES.get(kind, "scheme.toml")
    table, wanted = (f"[[{kind}]]", f'code = "{code}"') if code else ("", f"{kind} =")
    if kind == "retention":
        table, wanted = "[retention]", f"{code} ="
    if place == "bands":
        table, wanted = "[[band]]", "code ="
    inside = not table
    try:
        lines = (folder / name).read_text("utf-8").splitlines()
    except OSError:
        return name
    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            inside = line == table
        if inside and line.startswith(wanted):
            return f"{name}:{number}"
    return name
