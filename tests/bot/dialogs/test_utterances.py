"""How much of what people type is understood, and that noise never does anything: `tests/golden/utterances.toml`."""

from __future__ import annotations

import random
import tomllib

import pytest

from bot.dialogs.commands import command, global_word, intent
from bot.dialogs.evidence import YES
from bot.dialogs.flow import Conversation, Data, OperationRefusedError
from bot.dialogs.flows import FLOWS
from bot.dialogs.flows.bind import AGREED
from bot.dialogs.typed import TRADITIONAL, confirms, decided, is_bare
from tests.bot.dialogs.api import CHANGES, CHANGING, CONFIRM, ME, Api, at, talk
from tests.support.paths import GOLDEN

SAID = tomllib.loads((GOLDEN / "utterances.toml").read_text("utf-8"))
UNDERSTOOD = [said for kind in ("flow", "word", "says") for words in SAID[kind].values() for said in words]
CALLED = ("茉莉分", "Moli score")
SENTENCES = 1000


def test_there_are_enough_ways_of_saying_things() -> None:
    assert len(set(UNDERSTOOD)) >= 400
    assert {said for said in UNDERSTOOD if any(char in "".join(TRADITIONAL.values()) for char in said)}


def understood(said: str) -> bool:
    return bool(global_word(said) or command(said) or intent(said, CALLED))


def with_a_slip(said: str, chance: random.Random) -> str:
    """One character missing, doubled, in the wrong place, or something between or behind."""
    place = chance.randrange(max(1, len(said)))
    start, end = said[:place], said[place:]
    return chance.choice(
        [
            start + end[1:],
            start + end[:1] + end,
            start + end[1:2] + end[:1] + end[2:],
            f"{start} {end}",
            said + chance.choice(["。", "！", "～", "😊", "[微笑]", "？", "…", " 谢谢", "吧", "啊"]),
            chance.choice(["请问", "麻烦", "我想", "那个，", "please "]) + said,
        ]
    )


def test_most_is_understood_with_noise_around_it() -> None:
    chance = random.Random(1)
    around = ["{}。", "{}！", "{}～", "{}😊", "{}[微笑]", "{}，谢谢", "请问{}", "你好，{}", " {} ", "【{}】"]
    noisy = [chance.choice(around).format(said) for said in UNDERSTOOD]
    share = sum(map(understood, noisy)) / len(noisy)
    assert share >= 0.95, f"{share:.1%} of {len(noisy)}"


ENROLMENT = {
    "consentVersion": "2026-1",
    "consentCurrent": True,
    "lookOnly": False,
    "pausedSince": None,
    "enrolledAt": "2026-11-23T02:00:00Z",
}
_ANSWERS = {name: {"me": {**ME, "maskedIdNumber": "3501", "enrolment": ENROLMENT}} for name in ("Privacy", "Benefits")}


_PAGES = {
    "OpenEvidenceForm": {"openEvidenceForm": {"form": {"url": "https://egret.test/e", "box": "b"}}},
    "BoxedEvidence": {"boxedEvidence": {"edges": []}},
    "RepairEffect": {"node": {"repair": {"effect": None, "answerWorkingDays": 5}}},
    "MovedAway": {"viewer": {"movedAway": {"movedAt": "2026-11-29T07:04:00Z"}, "signedInElsewhere": None}},
}
"""What a step asks for while it is shown again."""


class _Refusing(Api):
    """Answers what a flow begins with, and refuses all else."""

    async def __call__(self, name: str, variables: Data) -> Data:
        if name not in self.answers:
            self.asked.append((name, variables))
            raise OperationRefusedError("NOT_NOW", "现在不行", "not now")
        return await super().__call__(name, variables)


def _is_an_answer(typed: str, state: Conversation, word: str) -> bool:
    """Whether a person may mean just that: what the step waits for, or a word that ends the flow, typed bare."""
    flow = FLOWS[state.flow or ""]
    ends = command(typed) is not None or (global_word(typed) in ("cancel", "back") and is_bare(typed))
    return ends or confirms(typed, {word, *YES, *AGREED, *flow.confirms}) or decided(typed) is not None


STATES = [
    *CHANGING,
    (at("dispute", "photos", **CONFIRM.data), "确认"),
    (at("dispute", "reason", record="r1", label="违停", points="-10"), "1"),
    (at("bind", "move", attempt="a"), "换绑"),
    (at("bind", "id_number", consent="2026-1", name="陈小萤"), "350199199001010015"),
    (at("missing", "confirm", field="missingRecord", label="志愿服务", words="少了这一次"), "确认"),
    (at("repair", "confirm", record="r1", label="违停", source="公安局", words="已缴", done_on="2026-11-20"), "确认"),
    (at("not_me", "move"), "不是我"),
    (at("look_only", "consent", consent="records-2026-1"), "确认只看记录"),
    (at("pause", "confirm"), "确认暂停"),
]
"""A step that changes something, or leads to one that does, with the word that it waits for."""


@pytest.mark.parametrize(("state", "word"), STATES, ids=[f"{state.flow} {state.step} {word}" for state, word in STATES])
async def test_sentences_with_noise_never_file_leave_or_end_a_flow_unasked(state: Conversation, word: str) -> None:
    chance = random.Random(f"{state.flow} {word}")
    said = UNDERSTOOD + SAID["nothing"]["said"]
    for _ in range(SENTENCES):
        typed = with_a_slip(chance.choice(said), chance)
        if _is_an_answer(typed, state, word):
            continue
        api = _Refusing(**_ANSWERS, **_PAGES)
        _, after = await talk(api, typed, start=state)
        assert not {name for name, _ in api.asked} & CHANGES, typed
        assert after.flow == state.flow or not FLOWS[state.flow or ""].loses, typed
