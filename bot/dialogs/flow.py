"""The words that flows are written in.

A flow is a list of steps; a step has a `show` (what Egret says) and a `hear` (what it makes of the answer), and a `see`
where photos are welcome. What it remembers between them is a model of its own. Where one needs something from the API
it is a generator: `yield Ask(...)` is a GraphQL operation, and what comes back is its data; what is refused is raised
there, for a flow that has another answer. So a step is pure, and a test can play both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.dialogs.choices import NO_CHOICES, Choice, Choices, as_text, choice_of
from bot.phrases import phrase

Data = dict[str, Any]


class Remembered(BaseModel):
    """What a flow remembers between its steps, nothing at first."""

    model_config = ConfigDict(extra="ignore")


R = TypeVar("R", bound=Remembered)
R_co = TypeVar("R_co", bound=Remembered, covariant=True)


@dataclass(frozen=True, slots=True)
class Ask:
    """A GraphQL operation by name. Its data is what `yield` returns."""

    operation: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Go:
    """On to another step of this flow."""

    step: str


@dataclass(frozen=True, slots=True)
class Again:
    """The answer was no use; the reason has been said. Ask the same again."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Answered; the same step waits for more without asking again."""


@dataclass(frozen=True, slots=True)
class End:
    """The flow is over."""


Shown = Go | End | None
"""After `show`: None waits for the answer."""
Heard = Go | Again | Stay | End
Show = Generator[Ask, Data, Shown]
Hear = Generator[Ask, Data, Heard]


def change(operation: str, **values: object) -> Generator[Ask, Data, Data]:
    """Make a change with an input of these values; its result, which may be a refusal."""
    (result,) = (yield Ask(operation, {"input": values} if values else {})).values()
    made: Data = result
    return made


class OperationRefusedError(Exception):
    """An operation was refused; `code` is stable, the sentences are ready to be said."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = {"zh": zh, "en": en}


def is_refusal(result: Data) -> bool:
    """Whether a change was refused."""
    return "refusalCode" in result


NOT_COMPUTED = ("LOOK_ONLY", "PAUSED_BY_YOU", "SCORE_PAUSED")
"""Codes that say that there is no score; records are still there to be seen and disputed."""


class Offered(NamedTuple):
    """Commands that were offered: after how many things that were said, what stands above them, and which."""

    place: int
    head: str
    choices: Sequence[Choice]


@dataclass(slots=True)
class Talk(Generic[R_co]):
    """One turn: the language, what is remembered between steps, and what Egret says."""

    language: str
    data: R_co
    argument: str = ""
    said: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    wants_person: bool = False
    picture: Data | None = None
    """What the answer is shown with: `{"kind": "score"}`, or a pass with its code."""
    page: str = ""
    """The citizen's page that a tap on the picture opens; the score's where none is named."""
    offered: Offered | None = None
    """What was offered last besides the choices of a step."""

    def say(self, key: str, **values: object) -> None:
        """Say a phrase."""
        self.said.append(phrase(self.language, key, **values))

    def say_text(self, text: str) -> None:
        """Say something that is in words already."""
        self.said.append(text)

    def offer(self, key: str, *names: str, **values: object) -> None:
        """Say a phrase, and what can be done from here: choices of the catalogue, which are commands."""
        head = phrase(self.language, key, **values)
        offered = [choice_of(self.language, name) for name in names]
        self.said.append(f"{head}\n{as_text(self.language, offered)}")
        self.offered = Offered(len(self.said), head, offered)

    def forget(self, key: str) -> None:
        """Drop a value from what is remembered. The way back leads to where it was asked for, and no further."""
        setattr(self.data, key, type(self.data).model_fields[key].get_default(call_default_factory=True))
        self.data.model_fields_set.discard(key)
        self.forgotten.add(key)

    def words(self, key: str, **values: object) -> str:
        """A phrase to be put into something longer."""
        return phrase(self.language, key, **values)

    def local(self, text: Mapping[str, str]) -> str:
        """The right half of a `LocalText`."""
        return text["en" if self.language == "en" else "zh"]

    def refused(self, result: Data) -> bool:
        """Say why, if the result of a mutation is a refusal."""
        if not is_refusal(result):
            return False
        self.say_text(self.local(result["message"]))
        return True


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """A step's two halves."""

    show: Callable[[Talk[R]], Show | Shown]
    hear: Callable[[Talk[R], str], Hear | Heard]
    see: Callable[[Talk[R], str], Hear | Heard] | None = None
    """What it makes of a photo, by its media id; without it, words are asked for instead."""
    free: bool = False
    """Whether any words are an answer, such as a name or an explanation; only commands are none."""
    is_name: bool = False
    """Whether a name is asked for: words of the bot alone are none, though they may be an explanation."""
    choices: Choices = NO_CHOICES
    """What it can be answered with; shown under all that is said while it waits."""


@dataclass(slots=True)
class Flow(Generic[R]):
    """A named list of steps.

    `words` start it; a number typed behind them is its argument where it is `numbered`. `loses` is false where leaving
    in the middle loses nothing. `keeps` are the things remembered that going a step back does not undo. `confirms` are
    words that only this flow waits for: where none is open, they start it. One that `rests` is kept sealed for hours
    where its person falls silent, since it holds their own words and no identity, and asks again before it goes on.
    """

    name: str
    version: int
    remembers: type[R]
    words: tuple[str, ...]
    numbered: bool = False
    loses: bool = True
    rests: bool = False
    keeps: frozenset[str] = frozenset()
    confirms: tuple[str, ...] = ()
    steps: dict[str, Step[R]] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The step a flow starts with."""
        return next(iter(self.steps))

    def step(
        self,
        name: str,
        show: Callable[[Talk[R]], Show | Shown],
        hear: Callable[[Talk[R], str], Hear | Heard] = lambda talk, said: End(),
        see: Callable[[Talk[R], str], Hear | Heard] | None = None,
        *,
        free: bool = False,
        is_name: bool = False,
        choices: Choices = NO_CHOICES,
    ) -> None:
        """Add a step."""
        self.steps[name] = Step(show, hear, see, free, is_name, choices)


class Place(BaseModel):
    """Where a conversation was, to go back to."""

    model_config = ConfigDict(extra="forbid")

    step: str
    data: Data


class Conversation(BaseModel):
    """What is kept between turns. `more` holds the rest of a long text.

    `token` is another one after each turn that did not fail. Whatever a turn changes is done once under it, so that
    confirming again after a fault changes nothing a second time.
    """

    model_config = ConfigDict(extra="ignore")

    language: str = "zh"
    flow: str | None = None
    version: int = 0
    step: str = ""
    data: Data = Field(default_factory=dict)
    history: list[Place] = Field(default_factory=list)
    failures: int = 0
    misses: int = 0
    """How many messages in a row were not understood."""
    offered: str | None = None
    token: str = ""
    more: list[str] = Field(default_factory=list)
