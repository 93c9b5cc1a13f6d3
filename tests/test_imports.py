"""The house, measured on its imports: no circle, no climbing, few levels. import-linter holds the directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.support.paths import ROOT

FLOORS = ("server", "schema", "bot", "scoring")
MOST_ENTRIES = 22
MOST_LEVELS = 15
MOST_EDGES = 204
"""Imports between two rooms of the server; there were 306 when its modules lay flat."""
Graph = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def imports() -> Graph:
    """Each module with the modules that it imports."""
    graph = grimp.build_graph(*FLOORS, cache_dir=None)
    return {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def joined(imports: Graph, place: Callable[[str], str | None]) -> Graph:
    """The graph of places; modules without one are left out."""
    found: dict[str, set[str]] = {}
    for module, imported in imports.items():
        if (here := place(module)) is not None:
            theirs = {there for name in imported if (there := place(name)) is not None}
            found.setdefault(here, set()).update(theirs - {here})
    return {here: frozenset(theirs) for here, theirs in found.items()}


def room(module: str) -> str | None:
    """A room of the server; the platform's rooms count each for itself."""
    names = module.split(".")
    if names[0] != "server" or len(names) < 2:
        return None
    return ".".join(names[: 3 if names[1] == "platform" and len(names) > 2 else 2])


def folder(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    return module if path.is_dir() else module.rpartition(".")[0]


def within(one: str, other: str) -> bool:
    """Whether one of two folders stands in the other."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def circle(graph: Graph) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def levels(graph: Graph) -> int:
    @cache
    def under(place: str) -> int:
        return 1 + max((under(there) for there in graph[place]), default=0)

    return max(map(under, graph))


def test_no_files_import_each_other_in_a_circle(imports: Graph) -> None:
    assert circle(imports) == []


def test_no_folders_import_each_other_in_a_circle(imports: Graph) -> None:
    graph = joined(imports, folder)
    apart = {
        here: frozenset(
            there for there in theirs if not (f"{here}.".startswith(f"{there}.") or there.startswith(f"{here}."))
        )
        for here, theirs in graph.items()
    }
    assert circle(apart) == []


def test_rooms_of_the_server_are_few_and_stand_on_few_levels(imports: Graph) -> None:
    graph = joined(imports, room)
    assert levels(graph) <= MOST_LEVELS
    assert sum(map(len, graph.values())) <= MOST_EDGES
    entries = [path.name for path in Path(ROOT, "server").iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path.parent for floor in FLOORS for path in ROOT.joinpath(floor).rglob("__init__.py")]
    silent = [str(path.relative_to(ROOT)) for path in rooms if not (path / "README.md").exists()]
    assert silent == []
