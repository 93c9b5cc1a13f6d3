"""An API that is played: what each operation answers, and what was asked."""

from __future__ import annotations

from typing import Any

from bot.dialogs.engine import take_turn
from bot.dialogs.flow import Conversation, Data, Place
from bot.dialogs.flows import FLOWS

TEXT = {"zh": "茉莉分", "en": "Moli score"}
HOME = {"scheme": {"name": TEXT, "scenes": []}, "me": None}
HELP_LINE = {
    "number": "12345",
    "askFor": {"zh": "信用服务", "en": "credit services"},
    "hours": {"zh": "工作日", "en": "working days"},
    "counter": {"zh": "政务大厅", "en": "the service hall"},
}
CONSENT = {
    "scheme": {"name": TEXT},
    "consentText": {"version": "2026-1", "summary": [TEXT], "full": {"zh": "全文", "en": "full"}},
}
ACCEPTED = {"checkIdentity": {"masked": "*"}}


CODE_SENT = {"startBinding": {"attempt": {"id": "a", "maskedPhone": "139****5678"}}}
BINDING = ("绑定", "1", "陈小萤", "350199199001010015")

AROUND = [
    *("{}？", "{}❓", "{}❔", "{}⁉️", "{}؟", "{}¿", "{}⸮", "{}‽", "{}🤔", "{}[疑问]", "{}/:?", "？{}", "[疑问]{}"),
    *("{}❌", "❌{}", "🚫{}", "{}🙅", "{}👎🏻", "{}[NO]", "[NO]{}", "{}[拒绝]", "{}[弱]", "{}/:weak", "{}/:,@f", "×{}"),
    *("{}👍❓", "{}[OK][NO]", "{}@", "{}😭"),
]
"""What asks, says no, or leaves open what is meant, around a word."""


class Api:
    """Answers operations by name and remembers what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "Home": HOME,
            "HelpLine": {"scheme": {"helpLine": HELP_LINE}},
            "ConsentText": CONSENT,
            "CheckIdentity": ACCEPTED,
            "MovedAway": {"viewer": {"movedAway": None, "signedInElsewhere": None}},
            "NoticeSettings": {"me": None},
            "DisputeLimits": {"disputeLimits": {"mostCharacters": 500, "mostPhotos": 10}},
            "OpenBindingForm": {"openBindingForm": {"address": {"url": "https://egret.test/h5/bind/t"}}},
            **answers,
        }
        self.asked: list[tuple[str, Data]] = []

    async def __call__(self, name: str, variables: Data) -> Data:
        self.asked.append((name, variables))
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        found: Data = answer
        return found


async def talk(api: Api, *said: str | None, start: Conversation | None = None) -> tuple[str, Conversation]:
    """Say several things; the last answer and the state after it."""
    state, text = start or Conversation(), ""
    for words in said:
        turn = await take_turn(state, words, api)
        state, text = turn.conversation, turn.text or ""
    return text, state


CONFIRM = Conversation(
    flow="dispute",
    version=FLOWS["dispute"].version,
    step="confirm",
    data={"record": "r1", "label": "违停", "points": "-10", "source": "公安局", "reason": "OTHER", "words": "不是我"},
    history=[Place(step="words", data={})],
)
BENEFIT = {"code": "library", "label": TEXT, "terms": TEXT, "least": 600}
ME: dict[str, Any] = {
    "maskedName": "陈**",
    "optionalItems": {"edges": [{"node": {"declined": False, "rule": {"code": "r", "label": TEXT}}}]},
    "benefits": {"edges": [{"node": {"benefit": BENEFIT, "eligible": True, "shortBy": 0}}]},
    "disputes": {"edges": []},
}


def at(flow: str, step: str, **data: Any) -> Conversation:
    return Conversation(flow=flow, version=FLOWS[flow].version, step=step, data=data)


CHANGING = [
    (CONFIRM, "确认"),
    (at("withdraw", "confirm", id="d1", number="D-1", label="违停"), "确认撤回"),
    (at("supply", "confirm", id="d1", number="D-1", words="发票"), "提交"),
    (at("appeal", "confirm", id="d1", number="D-1", words="不对"), "确认"),
    (at("leave", "confirm"), "确认退出"),
    (at("unlink", "confirm"), "确认解绑"),
    (at("optional", "list", items=[["r", False]]), "1"),
    (at("benefits", "list", codes=["library"]), "1"),
    (at("privacy", "consent", consent="2026-2"), "1"),
    (at("bind", "consent", consent="2026-1"), "2"),
]
"""A step that waits for a word that changes something, with that word."""
CHANGES = {"GrantConsent", "StartBinding", "ConfirmBinding", "OpenDispute", "SupplyDispute", "AppealDispute"} | {
    *("ApplyForRepair", "WithdrawRepair", "WithdrawDispute", "Leave", "Unlink", "DeclineItem", "IssuePass"),
    *("MoveAccount", "UndoMove", "OpenComplaint", "LookOnly", "PauseScore", "ResumeScore"),
}
"""Operations that change something."""
