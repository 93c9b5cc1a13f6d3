"""What `--help` and `--version` say, and that every example in it is a command."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import version

import pytest

from server.cli.main import command_parser, main
from server.cli.usage import FORMS, usage
from tests.support.paths import ROOT

COMMANDS = [name for name in usage() if name != "forms"]
EXAMPLES = [line for name in COMMANDS for line, _ in usage()[name]["examples"]]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that only tells something prints."""
    with pytest.raises(SystemExit) as stopped:
        main([*arguments])
    assert stopped.value.code == 0
    return capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version") == f"egret {version('egret')}\n"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_command_and_names_files_that_are_there(example: str) -> None:
    program, *arguments = shlex.split(example)
    assert program == "egret"
    assert callable(command_parser().parse_args(arguments).run)
    assert [name for name in arguments if name.startswith("deploy/") and not (ROOT / name).is_file()] == []


def groups(capsys: pytest.CaptureFixture[str], *command: str) -> list[list[str]]:
    """The commands under one, each as it is called; itself where it has none under it."""
    text = told(capsys, *command, "--help")
    found = re.search(r"^positional arguments:\n((?: .*\n)+)", text, re.MULTILINE)
    deeper = re.findall(r"^    ([a-z][a-z-]*)", found[1], re.MULTILINE) if found else []
    return [one for name in deeper for one in groups(capsys, *command, name)] if deeper else [[*command]]


def test_the_help_of_every_command_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    commands = groups(capsys)
    assert len(commands) > 30
    assert [command for command in commands if "\nexamples:\n" not in told(capsys, *command, "--help")] == []


@pytest.mark.parametrize(("command", "form"), [("import", "records"), ("score", "records")])
def test_help_says_what_every_field_of_a_record_is(command: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, command, "--help")
    for field in FORMS[form].names:
        assert field == "reason" or f" {field} (" in text


def test_a_count_of_one_is_said_as_one(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scheme", "new", f"{tmp_path}/port"]) == 0
    path = ROOT.__class__(f"{tmp_path}/port/rules.toml")
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'dimension = "[a-z-]+"', 'dimension = "luck"', text, count=1), "utf-8")
    assert main(["scheme", "check", "--folder", f"{tmp_path}/port"]) == 1
    assert "port: 1 finding\n" in capsys.readouterr().out


def lines_of(page: str) -> list[str]:
    """The commands in the code blocks of a page, without comments and where they write to."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition(" >")[0] for block in blocks for line in block.splitlines() if line.startswith("egret ")]


@pytest.mark.parametrize("page", ["README.md"])
def test_a_command_that_a_page_shows_is_one(page: str) -> None:
    assert len(lines_of(page)) > 5
    for line in lines_of(page):
        arguments = shlex.split(line, comments=True)[1:]
        assert callable(command_parser().parse_args(arguments).run), line
        assert [name for name in arguments if name.startswith("deploy/") and not (ROOT / name).is_file()] == []
