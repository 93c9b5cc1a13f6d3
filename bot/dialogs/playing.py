"""A turn while it is played.

An offer that is open comes first, then global words, then commands that start a flow, then what else people say, then
the step that waits.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from bot.dialogs.choices import choice_of, meant_by, read_command, read_entry
from bot.dialogs.commands import GLOBAL, Command, Intent, agrees, command, confirmed, global_word, intent, is_ours
from bot.dialogs.flow import (
    Again,
    Ask,
    Conversation,
    Data,
    End,
    Flow,
    Go,
    OperationRefusedError,
    Place,
    Remembered,
    Stay,
    Talk,
)
from bot.dialogs.flows import FLOWS
from bot.dialogs.flows.disputes import waits_for_photos
from bot.dialogs.turn import Turn, answers_of, data_of, flow_of, question_of, turn_of
from bot.dialogs.typed import choice, holds_id_number, is_bare, plain, without_numbers

Answer = Callable[[str, Data], Awaitable[Data]]
"""Runs a GraphQL operation as the person who talks. May raise OperationRefusedError."""

_SHOWN = 60
_LOSE = ("cancel", "back")
"""Global words that lose what was said before."""
_FIRST = ("score", "dispute", "benefits", "person")
"""What most people want."""
_COMMANDS = (*_FIRST, "bind", "help", "menu")
"""All that are offered where no question is open."""
_HELP = {"ask_for": "askFor", "hours": "hours", "counter": "counter"}
HISTORY = 10
FAILURES = 3


def _known(state: Conversation) -> Remembered | None:
    """What the flow of a conversation remembers; None where it has another version, step or shape by now."""
    flow = flow_of(state)
    if flow is None or flow.version != state.version or state.step not in flow.steps:
        return None
    try:
        known: Remembered = flow.remembers.model_validate(state.data)
    except ValidationError:
        return None
    return known


class DialogRunner:
    """One turn: what is heard changes `state`, and `talk` collects what is said. The conversation before stays."""

    def __init__(
        self,
        before: Conversation,
        answer: Answer,
        *,
        staffed: bool = False,
        paused: bool = False,
        linked: bool = False,
        called: Sequence[str] = (),
    ) -> None:
        self.state = before.model_copy(update={"history": list(before.history)})
        self._ask = answer
        self._paused = paused
        self._staffed = staffed
        self._linked = linked
        self._called = called
        known = _known(before)
        self.talk: Talk[Any] = Talk(before.language, known or Remembered())
        if before.flow is not None and known is None:
            self.talk.say("home.flow_renewed")
            self.end()

    @property
    def flow(self) -> Flow[Any] | None:
        """The flow that goes on."""
        return flow_of(self.state)

    async def choose(self, entry: str, content: str) -> None:
        """A tap on an entry of a menu: it answers its own question and no other.

        Where the platform does not tell which entry it was, what it reads like counts as typed.
        """
        key, tapped = read_command(entry), read_entry(entry)
        if key in FLOWS or key in GLOBAL:
            await self.tap(key)
        elif tapped is None:
            known = [*answers_of(self.state), *(choice_of(self.state.language, name) for name in _COMMANDS)]
            await self.hear(meant_by(known, content) or content)
        elif tapped[:3] == question_of(self.state) and tapped.number <= len(offered := answers_of(self.state)):
            await self.hear(offered[tapped.number - 1].said)
        else:
            self.talk.say("home.question_over")
            await self.again()

    async def tap(self, key: str) -> None:
        """Start something, wherever its person is: never an answer to a step."""
        if key in FLOWS:
            await self.start(Command(key))
        else:
            await self.hear(GLOBAL[key][0] if key in GLOBAL else key)

    async def hear(self, said: str | None) -> None:
        """What was typed; None stands for what is neither words nor a photo."""
        if said is None:
            await self.no_words()
            return
        self.state.misses, misses = 0, self.state.misses
        if self._paused:
            self.state.offered = None
        if self.state.offered is not None and await self._offered(said):
            return
        if await self._global(said):
            return
        asked = command(said)
        if asked is not None:
            await self.start(asked)
        elif (meant := self._meant(said)) is not None:
            await self._mean(meant)
        elif self._asks_for_a_name() and is_ours(said, self._called):
            await self.again()
        elif (flow := self.flow) is not None and not (holds_id_number(said) and not flow.loses):
            await self._answer(flow, said)
        else:
            await self._answer_nothing(said, misses)

    def show_spoken(self, said: str) -> None:
        """Say what was understood of a voice message; numbers of a person are not repeated."""
        self.talk.say("home.understood", said=without_numbers(said)[:_SHOWN])

    async def see(self, photo: str) -> None:
        """A photo, for the step that waits; where none does, for the dispute that waits for more."""
        self.state.offered = None
        if self.flow is None or not self.flow.loses:
            if not await self.play(waits_for_photos()):
                self.talk.say("home.photo_here")
                return
            await self._begin(Command("supply"))
        flow = self.flow
        step = None if flow is None else flow.steps[self.state.step]
        if flow is None or step is None or step.see is None:
            await self.no_words()
            return
        await self._follow(flow, await self.play(step.see(self.talk, photo)))

    def _asks_for_a_name(self) -> bool:
        return self.flow is not None and self.flow.steps[self.state.step].is_name

    def _meant(self, said: str) -> Intent | None:
        """What was said besides commands, unless it may be an answer to the question that is open."""
        flow = self.flow
        if flow is not None and flow.steps[self.state.step].free:
            return None
        meant = intent(said, self._called)
        if meant is None or flow is None:
            return meant
        return None if meant.alone or (meant.flow and flow.loses) else meant

    async def _mean(self, meant: Intent) -> None:
        if meant.flow:
            await self.start(Command(meant.flow))
        elif meant.word:
            await getattr(self, f"_{meant.word}")()
        else:
            self._say_meant(meant.says)
            if self.flow is not None and self.flow.loses:
                await self.again()

    def _say_meant(self, says: str) -> None:
        if says == "home.hello":
            self.talk.offer(says, *_FIRST)
        else:
            self.talk.say(says)

    async def _answer(self, flow: Flow[Any], said: str) -> None:
        """An answer to the question that is open; after a long silence the question comes first, once more."""
        if not self._paused:
            await self._answer_step(flow, said)
            return
        self.talk.say("home.paused", current=self.talk.words("flow." + flow.name))
        await self.again()

    async def _answer_nothing(self, said: str, misses: int) -> None:
        """Where no question is open: a word that confirms starts its flow, and nothing else is done."""
        if (late := confirmed(said)) is not None:
            await self.start(late)
        elif holds_id_number(said):
            self.talk.say("home.id_number_here")
        elif plain(said).replace(" ", "").isdigit():
            self.talk.say("home.nothing_waits")
        else:
            self._miss(misses)

    def _miss(self, before: int) -> None:
        """What was not understood: what there is to do, for a person who is not linked that first; then a person."""
        self.state.misses = before + 1
        if before:
            self.talk.offer("home.unknown_again_staffed" if self._staffed else "home.unknown_again", "person", "menu")
        elif self._linked:
            self.talk.offer("home.unknown", *_FIRST)
        else:
            self.talk.offer("home.unknown_not_bound", "bind", "help")

    async def start(self, asked: Command) -> None:
        """Start a flow, unless that would lose something: then ask first."""
        current = self.flow
        if current is not None and current.loses and self.state.history:
            self.state.offered = f"{asked.flow} {asked.argument}".strip()
            self.talk.say("home.leave_first", current=self.talk.words("flow." + current.name))
            return
        await self._begin(asked)

    async def play(self, steps: Any) -> Any:
        """Run a step to its end, answering what it asks; a refusal is raised where it asked."""
        if not inspect.isgenerator(steps):
            return steps
        playing: Any = steps
        following: Callable[[], Ask] = partial(playing.send, None)
        try:
            while True:
                wanted = following()
                try:
                    answer = await self._ask(wanted.operation, dict(wanted.variables))
                except OperationRefusedError as refused:
                    following = partial(playing.throw, refused)
                else:
                    following = partial(playing.send, answer)
        except StopIteration as stop:
            return stop.value

    async def refuse(self, refused: OperationRefusedError) -> None:
        """Say why it was not done; where a newer consent waits, go on with that."""
        self.talk.say_text(refused.text[self.state.language])
        self.end()
        if refused.code == "CONSENT_OUTDATED":
            await self._enter(self._put("privacy"), "consent")

    def end(self) -> None:
        """Leave the flow and forget its data."""
        self.state = Conversation(language=self.state.language)
        self.talk.data = Remembered()

    def done(self) -> Turn:
        """What comes out of it."""
        return turn_of(self.state, self.talk)

    async def _begin(self, asked: Command) -> None:
        self.end()
        flow = self._put(asked.flow)
        self.talk.argument = asked.argument
        await self._enter(flow, flow.first)

    def _put(self, name: str) -> Flow[Any]:
        """Into a flow, that remembers nothing yet."""
        flow = FLOWS[name]
        self.state.flow, self.state.version = flow.name, flow.version
        self.talk.data = flow.remembers()
        return flow

    async def _enter(self, flow: Flow[Any], step: str) -> None:
        self.state.step = step
        self.state.failures = 0
        await self._follow(flow, await self.play(flow.steps[step].show(self.talk)))

    async def _answer_step(self, flow: Flow[Any], said: str) -> None:
        place = Place(step=self.state.step, data=data_of(self.talk.data))
        heard = await self.play(flow.steps[self.state.step].hear(self.talk, said))
        if isinstance(heard, Go) and heard.step != place.step:
            self.state.history = [*self.state.history, place][-HISTORY:]
        if self.talk.forgotten:
            self.state.history = [one for one in self.state.history if not self.talk.forgotten & one.data.keys()]
        await self._follow(flow, heard)

    async def _follow(self, flow: Flow[Any], following: object) -> None:
        if isinstance(following, Go):
            await self._enter(flow, following.step)
        elif isinstance(following, End):
            self.end()
        elif isinstance(following, Again):
            self.state.failures += 1
            if self.state.failures >= FAILURES:
                self.talk.say("home.failures" if self.state.failures == FAILURES else "home.failures_again")
        elif isinstance(following, Stay):
            self.state.failures = 0

    async def again(self) -> None:
        """Ask the question that is open once more, without spending a try; an offer is over with that."""
        self.state.offered = None
        if self.flow is not None:
            failures = self.state.failures
            await self._enter(self.flow, self.state.step)
            self.state.failures = failures

    async def _offered(self, said: str) -> bool:
        """Leave, or go on; a question, or a word that confirms, has the offer repeated: it is no answer to the step."""
        wanted, _, argument = (self.state.offered or "").partition(" ")
        chosen = choice(said)
        self.state.offered = None
        if chosen in ("1", "2") and is_bare(said):
            await (self._begin(Command(wanted, argument)) if chosen == "1" else self.again())
        elif chosen in ("1", "2") or agrees(said):
            await self.start(Command(wanted, argument))
        else:
            return False
        return True

    async def _global(self, said: str) -> bool:
        word = global_word(said)
        if word == "more" and self.state.more:
            self.talk.say_text("\n".join(self.state.more))
            return True
        if word is None or word == "more":
            return False
        if word in _LOSE and self.flow is not None and not is_bare(said):
            self.talk.say("home.word_asked", word=plain(said))
            await self.again()
            return True
        await getattr(self, f"_{word}")()
        return True

    async def _cancel(self) -> None:
        if self.flow is None:
            self.talk.say("home.nothing_to_cancel")
        else:
            self.talk.say("home.cancelled" if self.flow.loses and self._filled_in() else "home.stopped")
        self.end()

    def _filled_in(self) -> bool:
        """Whether something was answered or sent that is lost now."""
        return bool(self.state.history or getattr(self.talk.data, "photos", None))

    async def _back(self) -> None:
        if self.flow is None or not self.state.history:
            self.end()
            self.talk.say("home.menu")
            return
        place = self.state.history.pop()
        kept = {name: value for name, value in data_of(self.talk.data).items() if name in self.flow.keeps}
        self.talk.data = self.flow.remembers.model_validate(place.data | kept)
        await self._enter(self.flow, place.step)

    async def _help(self) -> None:
        self.talk.say("home.help")
        await self.again()

    async def _menu(self) -> None:
        self.talk.say("home.menu")
        if self.flow is not None and self.flow.loses:
            self.talk.say("home.still_in", current=self.talk.words("flow." + self.flow.name))

    async def _person(self) -> None:
        found = (await self._ask("HelpLine", {}))["scheme"]["helpLine"]
        words = {name: self.talk.local(found[key]) for name, key in _HELP.items()}
        self.talk.say("home.person_here" if self._staffed else "home.person", number=found["number"], **words)
        self.talk.wants_person = True
        if self.flow is not None and self.flow.loses:
            self.talk.say("home.still_in", current=self.talk.words("flow." + self.flow.name))

    async def _english(self) -> None:
        await self._speak("en")

    async def _chinese(self) -> None:
        await self._speak("zh")

    async def _speak(self, language: str) -> None:
        self.state.language = self.talk.language = language
        self.talk.say("home.language")
        await self.again()

    async def no_words(self, *, voice: bool = False) -> None:
        """What is neither words nor a photo, or a photo that is no answer here."""
        waiting = None if self.flow is None else self.flow.steps[self.state.step]
        photos = waiting is not None and waiting.see is not None
        self.talk.say("home.not_voice" if voice else "home.not_text_or_photo" if photos else "home.not_text")
        await self.again()
