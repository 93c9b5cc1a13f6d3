"""隐私, 可选, 退出, 解绑: consent, optional items, leaving, unlinking."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.dialogs.choices import choices
from bot.dialogs.flow import Again, Ask, End, Flow, Go, Hear, Remembered, Show, Stay, Talk, change
from bot.dialogs.flows.bind import AGREED, DECLINED
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import choice, confirms, decided
from bot.phrases import day


class Consenting(Remembered):
    """The version of the text that was shown; `records` where it lets them see their records and no more."""

    consent: str = ""
    records: bool = False


class Items(Remembered):
    """The optional items that were listed: rule, and whether it is off."""

    items: list[tuple[str, bool]] = Field(default_factory=list)


privacy = Flow("privacy", version=2, remembers=Consenting, words=("隐私", "授权", "privacy"), loses=False)
optional = Flow("optional", version=1, remembers=Items, words=("可选", "optional"), loses=False)
my_data = Flow("my_data", version=1, remembers=Remembered, words=("我的数据", "my data", "export"), loses=False)
leave = Flow(
    "leave",
    version=1,
    remembers=Remembered,
    words=("退出", "leave", "quit"),
    confirms=("确认退出", "confirm leave"),
    loses=False,
)
unlink = Flow(
    "unlink",
    version=1,
    remembers=Remembered,
    words=("解绑", "unlink"),
    confirms=("确认解绑", "confirm unlink"),
    loses=False,
)

_SHANGHAI = ZoneInfo("Asia/Shanghai")


def show_privacy(talk: Talk[Consenting]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    talk.say(
        "privacy.summary",
        name=me["maskedName"],
        id_number=me["maskedIdNumber"],
        version=me["enrolment"]["consentVersion"],
        since=day(talk.language, _shanghai(me["enrolment"]["enrolledAt"]).date().isoformat()),
    )
    enrolment = me["enrolment"]
    talk.data.records = enrolment["lookOnly"]
    state = "look_only" if enrolment["lookOnly"] else "paused" if enrolment["pausedSince"] else "takes_part"
    talk.say(f"participation.{state}")
    return End() if enrolment["consentCurrent"] else Go("consent")


def show_consent(talk: Talk[Consenting]) -> Show:
    """A text that is newer than what was agreed to."""
    consent = (yield Ask(_text(talk)))["consentText"]
    talk.data.consent = consent["version"]
    points = "\n".join(f"· {talk.local(p)}" for p in consent["summary"])
    talk.say("privacy.consent_new", version=consent["version"], points=points)
    return None


def hear_consent(talk: Talk[Consenting], said: str) -> Hear:
    if confirms(said, AGREED):
        result = yield from change("LookOnly" if talk.data.records else "GrantConsent", version=talk.data.consent)
        if not talk.refused(result):
            talk.say("privacy.consent_given", version=result["enrolment"]["consentVersion"])
        return End()
    if confirms(said, DECLINED):
        talk.say("privacy.consent_not_now")
        return End()
    if choice(said) in ("3", "全文", "full text"):
        talk.say_text(talk.local((yield Ask(_text(talk)))["consentText"]["full"]))
        return Stay()
    talk.say("home.choose_one")
    return Again()


def _text(talk: Talk[Consenting]) -> str:
    """The operation for the text that they agree to."""
    return "RecordsConsentText" if talk.data.records else "ConsentText"


def show_optional(talk: Talk[Items]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    items = [edge["node"] for edge in me["optionalItems"]["edges"]]
    talk.data.items = [(item["rule"]["code"], item["declined"]) for item in items]
    rows = "\n".join(
        talk.words(
            "optional.row",
            n=n,
            label=talk.local(item["rule"]["label"]),
            state=talk.words("optional.off" if item["declined"] else "optional.on"),
        )
        for n, item in enumerate(items, 1)
    )
    talk.say("optional.list", rows=rows)
    return None


def hear_optional(talk: Talk[Items], said: str) -> Hear:
    chosen = decided(said)
    if chosen is None or not 1 <= chosen <= len(talk.data.items):
        talk.say("optional.unclear")
        return Again()
    rule, declined = talk.data.items[chosen - 1]
    result = yield from change("DeclineItem", rule=rule, declined=not declined)
    if talk.refused(result):
        return End()
    talk.say(
        "optional.switched_off" if result["optionalItem"]["declined"] else "optional.switched_on",
        label=talk.local(result["optionalItem"]["rule"]["label"]),
    )
    return Go("list")


def _shanghai(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(_SHANGHAI)


def show_my_data(talk: Talk[Remembered]) -> Show:
    if (yield Ask("Home"))["me"] is None:
        return not_bound(talk)
    found = yield from change("ExportMyData")
    if not talk.refused(found):
        talk.say("my_data.ready", url=found["address"]["url"])
    return End()


def show_leave(talk: Talk[Remembered]) -> Show:
    if (yield Ask("Home"))["me"] is None:
        talk.say("leave.nothing")
        return End()
    talk.say("leave.confirm")
    return None


def hear_leave(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, leave.confirms):
        talk.say("leave.unclear")
        return Again()
    if not talk.refused((yield from change("Leave"))):
        talk.say("leave.done")
    return End()


def show_unlink(talk: Talk[Remembered]) -> Show:
    if (yield Ask("Home"))["me"] is None:
        talk.say("leave.nothing")
        return End()
    talk.say("unlink.confirm")
    return None


def hear_unlink(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, unlink.confirms):
        talk.say("unlink.unclear")
        return Again()
    result = yield from change("Unlink")
    if not talk.refused(result):
        talk.say("unlink.done", name=result["maskedName"])
    return End()


privacy.step("summary", show_privacy)
privacy.step("consent", show_consent, hear_consent, choices=choices("agree", "not_now", "full_text"))
optional.step("list", show_optional, hear_optional)
my_data.step("address", show_my_data)
leave.step("confirm", show_leave, hear_leave, choices=choices("leave", "my_data", "stay"))
unlink.step("confirm", show_unlink, hear_unlink, choices=choices("unlink", "cancel"))
