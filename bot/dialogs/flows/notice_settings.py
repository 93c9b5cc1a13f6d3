"""消息设置: which groups of notices come, quiet hours, and one message a day; each by its number."""

from __future__ import annotations

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, End, Flow, Go, Hear, Remembered, Show, Talk, change
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import decided

_GROUPS = ("RECORDS", "CASES", "SCORE", "SAFETY")
_QUIET = (22, 8)
"""The hours that hold again for who switches them on by the chat; others are chosen on the page."""


class Chosen(Remembered):
    """The choices as they were shown."""

    off: list[str] = Field(default_factory=list)
    groups: dict[str, list[str]] = Field(default_factory=dict)
    quiet: tuple[int, int] = _QUIET
    digest: bool = False

    @property
    def rows(self) -> list[str]:
        """What can be switched, in the order of its numbers."""
        return [*self.groups, "quiet", "digest"]


settings = Flow(
    "notice_settings",
    version=1,
    remembers=Chosen,
    words=("消息设置", "通知设置", "message settings", "notice settings"),
    loses=False,
)


def show_settings(talk: Talk[Chosen]) -> Show:
    me = (yield Ask("NoticeSettings"))["me"]
    if me is None:
        return not_bound(talk)
    _keep(talk.data, me["noticeChoices"])
    told = [
        talk.words("notice_settings.row", n=n, what=_what(talk, row), state=_state(talk, row))
        for n, row in enumerate(talk.data.rows, 1)
    ]
    talk.say("notice_settings.head")
    talk.say_text("\n".join(told))
    talk.say("notice_settings.required")
    return None


def hear_setting(talk: Talk[Chosen], said: str) -> Hear:
    chosen, rows = decided(said), talk.data.rows
    if chosen is None or not 1 <= chosen <= len(rows):
        talk.say("notice_settings.unclear", most=len(rows))
        return Again()
    _switch(talk.data, rows[chosen - 1])
    quiet_from, quiet_until = talk.data.quiet
    choices = {"off": talk.data.off, "quietFrom": quiet_from, "quietUntil": quiet_until, "digest": talk.data.digest}
    if talk.refused((yield from change("SetNoticeChoices", **choices))):
        return End()
    return Go("settings")


def _keep(data: Chosen, choices: Data) -> None:
    free = [kind for kind in choices["kinds"] if not kind["required"]]
    groups = {group: [kind["kind"] for kind in free if kind["group"] == group] for group in _GROUPS}
    data.groups = {group: kinds for group, kinds in groups.items() if kinds}
    data.off = [kind["kind"] for kind in free if not kind["on"]]
    data.quiet = choices["quietFrom"], choices["quietUntil"]
    data.digest = choices["digest"]


def _is_on(data: Chosen, row: str) -> bool:
    if row == "quiet":
        return data.quiet[0] != data.quiet[1]
    return data.digest if row == "digest" else any(kind not in data.off for kind in data.groups[row])


def _switch(data: Chosen, row: str) -> None:
    was_on = _is_on(data, row)
    if row == "quiet":
        data.quiet = (0, 0) if was_on else _QUIET
    elif row == "digest":
        data.digest = not was_on
    else:
        kinds = data.groups[row]
        data.off = [kind for kind in data.off if kind not in kinds] + (kinds if was_on else [])


def _what(talk: Talk[Chosen], row: str) -> str:
    if row == "quiet" and _is_on(talk.data, row):
        begin, end = (f"{hour:02d}:00" for hour in talk.data.quiet)
        return talk.words("notice_settings.quiet", from_hour=begin, until_hour=end)
    if row in ("quiet", "digest"):
        return talk.words("notice_settings.quiet_off" if row == "quiet" else "notice_settings.digest")
    return talk.words(f"notice_group.{row.lower()}")


def _state(talk: Talk[Chosen], row: str) -> str:
    return talk.words("notice_settings.on" if _is_on(talk.data, row) else "notice_settings.off")


settings.step("settings", show_settings, hear_setting)
