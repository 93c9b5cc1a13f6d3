"""参加, 只看记录, 暂停计算, 恢复计算: whether a score is computed is the citizen's to say."""

from __future__ import annotations

from bot.dialogs.choices import choices
from bot.dialogs.flow import (
    NOT_COMPUTED,
    Again,
    Ask,
    Data,
    End,
    Flow,
    Hear,
    OperationRefusedError,
    Remembered,
    Show,
    Stay,
    Talk,
    change,
)
from bot.dialogs.flows.bind import AGREED, DECLINED
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import choice, confirms


class Agreeing(Remembered):
    """The version of the text that was shown."""

    consent: str = ""


take_part = Flow(
    "take_part",
    version=1,
    remembers=Agreeing,
    words=("参加", "参加计算", "take part"),
    loses=False,
)
look_only = Flow(
    "look_only",
    version=1,
    remembers=Agreeing,
    words=("只看记录", "只看不算", "停止计算", "records only", "stop computing"),
    confirms=("确认只看记录", "confirm records only"),
    loses=False,
)
pause = Flow(
    "pause",
    version=1,
    remembers=Remembered,
    words=("暂停计算", "pause score"),
    confirms=("确认暂停", "confirm pause"),
    loses=False,
)
resume = Flow("resume", version=1, remembers=Remembered, words=("恢复计算", "resume score"), loses=False)


def show_taking_part(talk: Talk[Agreeing]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    if not me["enrolment"]["lookOnly"]:
        talk.say("participation.paused" if me["enrolment"]["pausedSince"] else "participation.takes_part")
        return End()
    consent = yield Ask("ConsentText")
    _show_text(talk, "participation.offer_score", consent)
    return None


def hear_taking_part(talk: Talk[Agreeing], said: str) -> Hear:
    if confirms(said, AGREED):
        result = yield from change("GrantConsent", version=talk.data.consent)
        if not talk.refused(result):
            talk.say("privacy.consent_given", version=result["enrolment"]["consentVersion"])
        return End()
    if confirms(said, DECLINED):
        talk.say("participation.stays")
        return End()
    if choice(said) in ("3", "全文", "full text"):
        talk.say_text(talk.local((yield Ask("ConsentText"))["consentText"]["full"]))
        return Stay()
    talk.say("home.choose_one")
    return Again()


def show_stopping(talk: Talk[Agreeing]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    if me["enrolment"]["lookOnly"]:
        talk.say("participation.look_only")
        return End()
    consent = yield Ask("RecordsConsentText")
    _show_text(talk, "participation.offer_records", consent)
    return None


def hear_stopping(talk: Talk[Agreeing], said: str) -> Hear:
    if not confirms(said, look_only.confirms):
        talk.say("home.choose_one")
        return Again()
    if not talk.refused((yield from change("LookOnly", version=talk.data.consent))):
        talk.say("participation.stopped")
    return End()


def show_pausing(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    if me["enrolment"]["lookOnly"]:
        talk.say("participation.look_only")
        return End()
    if me["enrolment"]["pausedSince"]:
        talk.say("participation.paused")
        return End()
    talk.say("participation.offer_pause")
    return None


def hear_pausing(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, pause.confirms):
        talk.say("home.choose_one")
        return Again()
    if not talk.refused((yield from change("PauseScore"))):
        talk.say("participation.paused")
    return End()


def show_resuming(talk: Talk[Remembered]) -> Show:
    if (yield Ask("Home"))["me"] is None:
        return not_bound(talk)
    if talk.refused((yield from change("ResumeScore"))):
        return End()
    try:
        score = (yield Ask("Score"))["me"]["score"]
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        talk.say_text(refused.text[talk.language])  # the register pauses it as well
        return End()
    talk.say("participation.resumed", name=talk.local(score["scheme"]["name"]), value=score["value"])
    return End()


def _show_text(talk: Talk[Agreeing], key: str, found: Data) -> None:
    consent = found["consentText"]
    talk.data.consent = consent["version"]
    points = "\n".join(f"· {talk.local(p)}" for p in consent["summary"])
    talk.say(key, version=consent["version"], points=points)


take_part.step("consent", show_taking_part, hear_taking_part, choices=choices("agree", "decline", "full_text"))
look_only.step("consent", show_stopping, hear_stopping, choices=choices("stop", "cancel"))
pause.step("confirm", show_pausing, hear_pausing, choices=choices("pause", "cancel"))
resume.step("resume", show_resuming)
