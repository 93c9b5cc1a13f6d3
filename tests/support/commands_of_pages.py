"""The commands of a page: its `sh` blocks, in order, each run as it stands by a shell of its own.

A page is Markdown. A block of commands is fenced with ```sh; where the sentences before it say "it says `some words`",
these have to be in what it prints. A paragraph that begins with **People:** is what people do at that point. What a
block exports or defines, the next ones have, as in one terminal.
"""

from __future__ import annotations

import re
import select
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_PART = re.compile(
    r"^## (?:\d+\. )?(?P<heading>[^\n]+)$|^```sh\n(?P<block>.*?)^```$|^(?P<people>\*\*People:\*\*)",
    re.MULTILINE | re.DOTALL,
)
_SAYS = re.compile(r"\bsays? `([^`]+)`")


class Block(NamedTuple):
    """Commands to run."""

    heading: str
    text: str
    says: tuple[str, ...] = ()
    """What has to be in what they print."""


class People(NamedTuple):
    """Something that people do."""

    heading: str


class FailedBlockError(AssertionError):
    """A block did not do what its page says; the text has its commands and what they printed."""


def parts(page: str) -> Iterator[Block | People]:
    """What a page asks for, in order, each under the heading where it stands."""
    heading, since = "", 0
    for found in _PART.finditer(page):
        before, since = page[since : found.start()], found.end()
        if found["heading"] is not None:
            heading = found["heading"]
        elif found["block"] is not None:
            yield Block(heading, found["block"], tuple(_SAYS.findall(" ".join(before.split()))))
        else:
            yield People(heading)


class Terminal:
    """One shell, into which blocks are typed one after the other; it ends with the first that fails.

    What a block defines, exports or starts in the background is there for the next ones.
    """

    def __init__(self, folder: Path, notes: Path, env: Mapping[str, str]) -> None:
        """Begin in `folder`; `notes` is a folder for what is typed and printed."""
        self.took: Counter[str] = Counter()
        """Milliseconds of the commands, by heading."""
        self._notes = notes
        notes.mkdir(parents=True, exist_ok=True)
        pipe = subprocess.PIPE
        self._shell = subprocess.Popen(["/bin/sh"], cwd=folder, env=env, stdin=pipe, stdout=pipe, text=True)

    def run(self, block: Block, typed: str = "", within: float = 300) -> str:
        """Run it and return what it prints; `typed` is what a person types. Raises FailedBlockError."""
        began = time.monotonic()
        commands, asked, printed = (self._notes / name for name in ("block.sh", "typed", "printed"))
        commands.write_text(f"set -e\n{block.text}\nset +e\n", "utf-8")
        asked.write_text(typed, "utf-8")
        self._type(f". {commands} <{asked} >{printed} 2>&1; echo $?")
        status = self._answer(within)
        self.took[block.heading] += round(1000 * (time.monotonic() - began))
        text = printed.read_text("utf-8", "replace")
        if status != "0":
            raise FailedBlockError(f"{block.heading}: it failed\n{block.text}\n{text}")
        for words in block.says:
            if words not in text:
                raise FailedBlockError(f"{block.heading}: it does not say {words!r}\n{block.text}\n{text}")
        return text

    def export(self, name: str, value: str) -> None:
        """Set what a person was told, as the page asks for."""
        self._type(f"export {name}={shlex.quote(value)}")

    def close(self) -> None:
        """End the shell, and nothing that it started."""
        self._shell.communicate()

    def _type(self, line: str) -> None:
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{line}\n")
        self._shell.stdin.flush()

    def _answer(self, within: float) -> str:
        """The next line of the shell itself; empty where it has ended."""
        assert self._shell.stdout is not None
        ready, _, _ = select.select([self._shell.stdout], [], [], within)
        return self._shell.stdout.readline().strip() if ready else "it takes too long"
