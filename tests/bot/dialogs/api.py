"""An API that is played: what each operation answers, and what was asked."""

from __future__ import annotations

from typing import Any

from bot.dialogs.engine import take_turn
from bot.dialogs.flow import Conversation, Data

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
            "MovedAway": {"viewer": {"movedAway": None}},
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
