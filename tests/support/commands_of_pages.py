"""The commands of a page: its `sh` blocks, in order, each run as it stands by a shell of its own.

A page is Markdown. A block of commands is fenced with ```sh; where the sentences before it say "it says `some words`",
these have to be in what it prints. A paragraph that begins with **People:** is what people do at that point. What a
block exports, the next ones have; what it starts in the background goes on.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_PART = re.compile(
    r"^## (?:\d+\. )?(?P<heading>[^\n]+)$|^```sh\n(?P<block>.*?)^```$|^(?P<people>\*\*People:\*\*)",
    re.MULTILINE | re.DOTALL,
)
_SAYS = re.compile(r"\bsays? `([^`]+)`")
_KEEP = "KEPT_ENVIRONMENT"


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


@dataclass
class Terminal:
    """Runs blocks one after the other, with what was exported before."""

    folder: Path
    """Where blocks are run."""
    kept: Path
    """A file for what is exported."""
    env: Mapping[str, str]
    took: Counter[str] = field(default_factory=Counter)
    """Milliseconds of the commands, by heading."""

    def run(self, block: Block, typed: str = "", within: float = 300) -> str:
        """Run it and return what it prints; `typed` is what a person types. Raises FailedBlockError."""
        began = time.monotonic()
        before = f'. "{self.kept}"\n' if self.kept.exists() else ""
        said = self.kept.with_suffix(".out")
        with said.open("wb") as out:
            done = subprocess.run(
                ["/bin/sh", "-e", "-c", f'{before}{block.text}\nexport -p >"${_KEEP}"'],
                cwd=self.folder,
                env={**self.env, _KEEP: str(self.kept)},
                input=typed.encode(),
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=within,
                check=False,
            )
        self.took[block.heading] += round(1000 * (time.monotonic() - began))
        text = said.read_text("utf-8", "replace")
        if done.returncode:
            raise FailedBlockError(f"{block.heading}: status {done.returncode}\n{block.text}\n{text}")
        for words in block.says:
            if words not in text:
                raise FailedBlockError(f"{block.heading}: it does not say {words!r}\n{block.text}\n{text}")
        return text

    def export(self, name: str, value: str) -> None:
        """Set what a person was told, as the page asks for."""
        with self.kept.open("a", encoding="utf-8") as kept:
            kept.write(f"export {name}={shlex.quote(value)}\n")

    def read(self, name: str) -> str:
        """What a block exported."""
        command = ["/bin/sh", "-c", f'. "{self.kept}"; printf %s "${name}"']
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
