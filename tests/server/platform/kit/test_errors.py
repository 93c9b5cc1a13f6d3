"""One tree of exceptions: each of the server's own is of a family, and the drawing names it."""

from __future__ import annotations

import ast
from pathlib import Path

from server.platform.kit import errors
from tests.support.paths import ROOT

HERE = Path(errors.__file__)
FAMILIES = {cls.__name__ for cls in errors.EgretError.__subclasses__()}


def test_every_exception_of_the_server_is_of_a_family_and_drawn() -> None:
    drawn = errors.__doc__ or ""
    for path in ROOT.joinpath("server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ClassDef) or path == HERE:
                continue
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            assert not bases & {"Exception", "EgretError"}, node.name
            if bases & FAMILIES and not node.name.startswith("_"):
                assert node.name in drawn, node.name
