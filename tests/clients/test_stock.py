"""Stock clients, as they come, against a running demo: each signs in, reads its score and its lines by pages, files a
dispute with a photo, and hears of it. What a client needs a trick for fails here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from server.demo.people import developer_openid
from tests.clients.conftest import HERE, ROOT, Tools
from tests.support.demo import Demo

STOCK = HERE / "stock"
pytestmark = pytest.mark.long
Story = Callable[..., dict[str, object]]


def command(*words: str) -> str:
    """The output of a command in the folder of the stock clients."""
    environment = {**os.environ, "FORCE_COLOR": "0"}
    done = subprocess.run(words, cwd=STOCK, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(name: str) -> str:
    """A command that npm installed."""
    return str(STOCK / "node_modules" / ".bin" / name)


@pytest.fixture(scope="module")
def made(tools: Tools) -> None:
    """What the generators of the clients make of the schema and of the documents here."""
    command(installed("relay-compiler"), "relay.config.json")
    command(installed("genql"), "--schema", str(ROOT / "schema" / "schema.graphql"), "--output", "genql/made")
    command(installed("graphql-codegen"), "--config", "codegen/codegen.ts")
    for client in ("genql", "codegen"):
        command(installed("tsc"), "-p", f"{client}/tsconfig.json", "--outDir", f"{client}/made/out")


@pytest.fixture(scope="module")
def base(made: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo that trusts the documents of the client preset, by the manifest as it was written."""
    manifest = STOCK / "codegen" / "made" / "persisted-documents.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EGRET_TRUSTED_DOCUMENTS", str(manifest))
        running = Demo(tmp_path_factory.mktemp("stock") / "egret")
        yield running.base_url()
        running.stop()


@pytest.fixture
def story(base: str, tmp_path: Path) -> Story:
    """Runs a story as one of the demo's people who are bound; what it printed at its end."""
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (640, 480), (200, 180, 90)).save(photo)

    def run(place: int, *words: str, more: tuple[str, ...] = ()) -> dict[str, object]:
        told = command(*words, base, developer_openid(place), str(photo), *more)
        found: dict[str, object] = json.loads(told.strip().splitlines()[-1])
        return found

    return run


NODE = {
    "@apollo/client": "apollo.mjs",
    "@urql/core": "urql.mjs",
    "relay-runtime": "relay.cjs",
    "graphql-ws, graphql-sse": "lines.mjs",
    "genql": "genql/made/out/genql/story.js",
    "client-preset": "codegen/made/out/codegen/app.js",
}


@pytest.mark.parametrize(("place", "client"), list(enumerate(NODE, 1)), ids=NODE)
def test_a_client_in_node_does_the_story(story: Story, place: int, client: str) -> None:
    told = story(place, "node", NODE[client])
    assert told["client"] == client
    assert str(told["dispute"]).startswith("D-")


def test_gql_does_the_story(story: Story) -> None:
    told = story(7, str(HERE / ".venv" / "bin" / "python"), "gql_story.py")
    assert told["client"] == "gql"


def test_sgqlc_does_the_story_with_classes_made_by_introspection(story: Story, tmp_path: Path) -> None:
    told = story(8, str(HERE / ".venv" / "bin" / "python"), "sgqlc_story.py", more=(str(tmp_path),))
    assert told["client"] == "sgqlc"


def test_relays_compiler_refuses_a_field_that_is_none(tools: Tools, tmp_path: Path) -> None:
    """So that compiling says something."""
    (tmp_path / "wrong.js").write_text("graphql`query wrongQuery { me { score { rank } } }`;", "utf-8")
    config = json.loads((STOCK / "relay.config.json").read_text("utf-8"))
    config |= {"src": str(tmp_path), "schema": str(ROOT / "schema" / "schema.graphql")}
    (tmp_path / "relay.config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(AssertionError, match="rank"):
        command(installed("relay-compiler"), str(tmp_path / "relay.config.json"))


def test_graphql_eslint_finds_nothing_in_the_schema(tools: Tools) -> None:
    assert command("node", "lint.mjs", str(ROOT / "schema" / "schema.graphql")) == ""


def test_graphql_inspector_finds_nothing_that_breaks_and_all_documents_valid(tools: Tools) -> None:
    schemas = (ROOT / "tests" / "golden" / "released.graphql", ROOT / "schema" / "schema.graphql")
    documents = sorted((ROOT / "bot" / "operations").glob("*.graphql"))
    assert command("node", "inspect.mjs", *map(str, (*schemas, *documents))) == ""


def test_graphql_inspector_finds_what_breaks(tools: Tools, tmp_path: Path) -> None:
    schema = ROOT / "schema" / "schema.graphql"
    older = tmp_path / "older.graphql"
    older.write_text(
        schema.read_text("utf-8").replace("  maskedName: Masked!\n", "  maskedName: Masked!\n  rank: Int\n")
    )
    assert "rank" in command("node", "inspect.mjs", str(older), str(schema))
