"""Where in a scheme's files something stands, so that a finding has file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_FILES = {"rule": "rules.toml", "benefit": "benefits.toml"}


def where(folder: Path, place: str) -> str:
    """File and line of a place such as `rule tax.evasion`; the file alone where there is no such line."""
    kind, _, code = place.partition(" ")
    if kind == "city":
        return line_in(folder, "city.toml", code.split("."))
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


def line_in(folder: Path, name: str, path: Sequence[str | int]) -> str:
    """File and line of a value by its path of keys and places in lists; of the nearest that holds it, where missing."""
    lines = (folder / name).read_text("utf-8").splitlines()
    at = -1
    for depth, part in enumerate(path):
        if isinstance(part, int):
            continue
        keys = ".".join(one for one in path[: depth + 1] if isinstance(one, str))
        following = path[depth + 1] if depth + 1 < len(path) else 0
        place = following if isinstance(following, int) else 0
        tables = [n for n, line in enumerate(lines) if n > at and line.strip() in (f"[{keys}]", f"[[{keys}]]")]
        if len(tables) > place:
            at = tables[place]
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("[")), len(lines))
        at = next((n for n in range(at + 1, end) if lines[n].startswith(f"{part} =")), at)
        break
    return f"{name}:{at + 1}" if at >= 0 else name
