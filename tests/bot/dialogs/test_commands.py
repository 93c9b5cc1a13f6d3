"""What people say, and where it leads; nothing of it does anything by itself."""

from __future__ import annotations

import tomllib

import pytest

from bot.dialogs.commands import UTTERANCES, Intent, command, global_word, intent
from bot.dialogs.engine import take_turn, tap
from bot.dialogs.evidence import YES
from bot.dialogs.flow import Conversation
from bot.dialogs.flows import FLOWS
from bot.dialogs.flows.bind import AGREED
from bot.dialogs.typed import plain
from bot.phrases import catalogue, phrase
from bot.wechat.menu import menu
from tests.bot.dialogs.api import BINDING, CHANGES, Api, talk
from tests.support.paths import GOLDEN

SAID = tomllib.loads((GOLDEN / "utterances.toml").read_text("utf-8"))
CALLED = ("茉莉分", "Moli score")
INTENTS = tomllib.loads(UTTERANCES.read_text("utf-8"))["intent"]


def pairs(kind: str) -> list[tuple[str, str]]:
    return [(said, meant) for meant, words in SAID[kind].items() for said in words]


@pytest.mark.parametrize(("said", "flow"), pairs("flow"))
def test_a_flow_is_found_by_what_people_say(said: str, flow: str) -> None:
    asked = command(said)
    meant = Intent(flow=asked.flow) if asked is not None else intent(said, CALLED)
    assert global_word(said) is None
    assert meant is not None
    assert meant.flow == flow


@pytest.mark.parametrize(
    ("said", "flow", "word"),
    [
        ("小城分", "score", ""),
        ("我的小城分多少", "score", ""),
        ("my tiny score", "score", ""),
        ("小城分是什么", "", "help"),
        ("什么是小城分？", "", "help"),
        ("城分", None, None),
    ],
)
def test_the_score_is_called_as_the_city_calls_it(said: str, flow: str | None, word: str | None) -> None:
    meant = intent(said, ("小城分", "Tiny score"))
    assert (flow, word) == (None, None) if meant is None else (meant.flow, meant.word) == (flow, word)
    assert intent(said) is None, "in another city it means nothing"


async def test_the_name_of_the_score_is_no_name_of_a_person() -> None:
    state = (await talk(Api(), "绑定", "1"))[1]
    turn = await take_turn(state, "小城分", Api(), called=("小城分",))
    assert (turn.conversation.flow, turn.conversation.step) == (state.flow, state.step)


@pytest.mark.parametrize(("said", "word"), pairs("word"))
def test_a_word_that_works_anywhere_is_found(said: str, word: str) -> None:
    meant = intent(said, CALLED)
    assert global_word(said) == word or (meant is not None and meant.word == word)


@pytest.mark.parametrize(("said", "key"), pairs("says"))
async def test_what_people_say_is_answered(said: str, key: str) -> None:
    text, state = await talk(Api(), said)
    assert text.startswith(phrase("zh", key))
    assert state.flow is None


@pytest.mark.parametrize("said", SAID["nothing"]["said"])
async def test_what_is_not_understood_is_answered_with_what_is_possible(said: str) -> None:
    assert "没太明白" in (await talk(Api(), said))[0]


@pytest.mark.parametrize("entry", [entry for button in menu() for entry in button.entries], ids=lambda e: e.name)
def test_each_label_of_the_menu_can_be_typed(entry: object) -> None:
    name, key = entry.name, entry.key  # type: ignore[attr-defined]
    found = command(name)
    assert (found is not None and found.flow == key) or global_word(name) == global_word(key)


@pytest.mark.parametrize("one", INTENTS, ids=lambda one: one["said"][0])
def test_an_intent_leads_to_one_thing_that_exists(one: dict[str, str]) -> None:
    (what,) = one.keys() - {"said", "alone", "about"}
    assert one[what] in {"flow": FLOWS, "word": {"person", "help", "menu"}, "says": catalogue("zh")}[what]


def test_no_utterance_is_an_answer_that_a_step_waits_for() -> None:
    confirming = {plain(word) for word in (*YES, *AGREED, *(w for flow in FLOWS.values() for w in flow.confirms))}
    said = {plain(word) for one in INTENTS if not one.get("alone") for word in one["said"]}
    assert not said & confirming
    assert not any(intent(word) and not intent(word).alone for word in confirming)  # type: ignore[union-attr]


@pytest.mark.parametrize("start", [(), ("绑定",), ("绑定", "1"), BINDING])
async def test_no_utterance_changes_anything_by_itself(start: tuple[str, ...]) -> None:
    asked = (
        "Score",
        "Lines",
        "History",
        "Notices",
        "Disputes",
        "AccessLog",
        "Privacy",
        "Benefits",
        "Outlook",
        "Repairs",
    )
    api = Api(**{name: {"me": None} for name in asked}, PublicBenefits={"benefits": {"edges": []}})
    state = (await talk(api, *start))[1]
    api.asked.clear()
    api.answers["CheckIdentity"] = {"checkIdentity": {"refusalCode": "X", "message": {"zh": "不对", "en": "no"}}}
    for said in (word for one in INTENTS for word in one["said"] if not (start and one.get("alone"))):
        await talk(api, said, start=state)
    assert not {name for name, _ in api.asked} & CHANGES


@pytest.mark.parametrize("said", ["你好", "在吗？", "hello"])
async def test_a_greeting_in_the_middle_is_answered_and_the_question_comes_again_without_a_try(said: str) -> None:
    text, state = await talk(Api(), "绑定", "1", "陈小萤", said)
    assert "您好" in text
    assert "18位身份证号" in text
    assert (state.step, state.failures) == ("id_number", 0)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "更多",
            "好的",
            "谢谢",
            "好的，谢谢！",
            "在吗",
            "姓名",
            "【姓名】",
            "身份证号",
            "没有",
            "确认",
            "确认退出",
            "错了",
            "扣分",
        ),
        *("more", "ok", "thank you", "yes"),
    ],
)
async def test_a_word_of_ours_alone_is_no_name_and_costs_no_try(said: str) -> None:
    api = Api()
    text, state = await talk(api, "绑定", "1", said)
    assert "姓名" in text
    assert (state.step, state.failures) == ("name", 0)
    assert "CheckIdentity" not in [name for name, _ in api.asked]


@pytest.mark.parametrize("said", ["我叫谢谢", "姓名：谢谢", "谢谢 谢"])
async def test_a_name_is_a_name_though_a_word_of_ours_is_in_it(said: str) -> None:
    _, state = await talk(Api(), "绑定", "1", said)
    assert (state.step, "谢谢" in state.data["name"]) == ("id_number", True)


async def test_what_leads_elsewhere_in_the_middle_needs_the_command() -> None:
    state = (await talk(Api(), *BINDING[:3]))[1]
    assert (await talk(Api(), "扣分", start=state))[1].offered is None
    assert (await talk(Api(), "明细", start=state))[1].offered == "lines"


ID = "350199199001010015"


@pytest.mark.parametrize(
    "said",
    [ID, f"我的身份证号是{ID}", "350199 19900101 0015", "３５０１９９１９９００１０１００１５", "935840198503150010"],
)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_id_number_outside_a_flow_is_told_not_to_be_sent_and_kept_nowhere(said: str, language: str) -> None:
    api = Api()
    text, state = await talk(api, said, start=Conversation(language=language))
    assert text == phrase(language, "home.id_number_here")
    assert "绑定" in text or "link" in text
    assert ID[:8] not in state.model_dump_json() + text
    assert api.asked == []


@pytest.mark.parametrize("said", ["1", "482913", "13900005678", "123 456"])
async def test_digits_that_nothing_waits_for_are_told_so(said: str) -> None:
    assert (await talk(Api(), said))[0] == phrase("zh", "home.nothing_waits")


async def test_a_tap_on_the_menu_is_unchanged() -> None:
    turn = await tap(Conversation(), "score", Api(Score={"me": None}))
    assert "绑定" in (turn.text or "")


async def test_after_a_long_silence_the_question_comes_again_and_nothing_is_done() -> None:
    api = Api()
    state = (await talk(api, *BINDING[:3]))[1]
    api.asked.clear()
    turn = await take_turn(state, "350199199001010015", api, paused=True)
    assert "隔了一会儿" in (turn.text or "")
    assert (turn.conversation.step, api.asked) == ("id_number", [])
    assert (await talk(api, "350199199001010015", start=turn.conversation))[1].step == "phone"


@pytest.mark.parametrize("said", ["查询。", "查询", "Score."])
async def test_what_was_spoken_is_shown_as_it_was_understood(said: str) -> None:
    turn = await take_turn(Conversation(), said, Api(Score={"me": None}), spoken=True)
    assert f"听到的是：“{said}”" in (turn.text or "")
    assert "绑定" in (turn.text or "")


@pytest.mark.parametrize(
    "number",
    [
        *(ID, "13900005678", "幺三九零零零零五六七八", "一三九，零零零零，五六七八", "139零零零零5678"),
        *("三五零一九九一九九零零一零一零零一五", "三五零一九九、一九九零、零一零一、零零一X"),
    ],
)
async def test_a_spoken_number_of_a_person_is_not_repeated(number: str) -> None:
    turn = await take_turn(Conversation(), f"我的号码是{number}。", Api(), spoken=True)
    assert "听到的是：“我的号码是…。”" in (turn.text or "")
