"""绑定: consent, name, ID number, phone, code."""

from __future__ import annotations

from bot.dialogs.choices import choices
from bot.dialogs.flow import (
    NOT_COMPUTED,
    Again,
    Ask,
    End,
    Flow,
    Go,
    Hear,
    OperationRefusedError,
    Remembered,
    Show,
    Stay,
    Talk,
    change,
)
from bot.dialogs.typed import choice, confirms, plain, without_label
from bot.phrases import moment

_LONGEST = 200
"""Of what is asked about: a code may come with the whole text message around it."""
_AGAIN = ("CODE_WRONG", "CODE_UNREADABLE", "CODE_EXPIRED")
_RESEND = ("重发", "重新发送", "再发一次", "没收到", "没有收到", "收不到", "resend", "send again", "no message")
_MOVE = ("换绑", "确认换绑", "确认", "1", "move", "move here", "confirm move", "confirm")
_NO_MOVE = ("2", "不换", "stay", "stay there", "no")
AGREED, DECLINED = ("1", "同意", "agree", "yes"), ("2", "不同意", "no")
_LOOK_ONLY = ("4", "只看记录", "只看不算", "records only", "look only")


class Binding(Remembered):
    """The identity that was typed, until it is sent off; `records` where they only look at their records."""

    consent: str = ""
    records: bool = False
    name: str = ""
    id_number: str = ""
    attempt: str = ""
    tail: str = ""


bind = Flow("bind", version=1, remembers=Binding, words=("绑定", "开通", "link", "bind", "join"))


def show_consent(talk: Talk[Binding]) -> Show:
    if (yield Ask("Home"))["me"] is not None:
        talk.say("bind.already")
        return End()
    data = yield Ask("ConsentText")
    consent = data["consentText"]
    talk.data.consent = consent["version"]
    points = "\n".join(f"· {talk.local(p)}" for p in consent["summary"])
    name = talk.local(data["scheme"]["name"])
    talk.say("bind.consent", name=name, version=consent["version"], points=points)
    return None


def hear_consent(talk: Talk[Binding], said: str) -> Hear:
    if confirms(said, AGREED):
        return Go("name")
    if confirms(said, DECLINED):
        talk.say("bind.declined")
        return End()
    if choice(said) in ("3", "全文", "full text"):
        data = yield Ask("ConsentText")
        talk.say_text(talk.local(data["consentText"]["full"]))
        return Go("consent_read")
    if choice(said) in _LOOK_ONLY:
        return Go("records_consent")
    talk.say("home.choose_one")
    return Again()


def show_consent_read(talk: Talk[Binding]) -> None:
    talk.say("bind.consent_choice")


def show_records_consent(talk: Talk[Binding]) -> Show:
    consent = (yield Ask("RecordsConsentText"))["consentText"]
    talk.data.consent = consent["version"]
    talk.data.records = True
    points = "\n".join(f"· {talk.local(p)}" for p in consent["summary"])
    talk.say("bind.records_consent", version=consent["version"], points=points)
    return None


def hear_records_consent(talk: Talk[Binding], said: str) -> Hear:
    if confirms(said, AGREED):
        return Go("name")
    if confirms(said, DECLINED):
        talk.say("bind.declined")
        return End()
    if choice(said) in ("3", "全文", "full text"):
        talk.say_text(talk.local((yield Ask("RecordsConsentText"))["consentText"]["full"]))
        return Stay()
    talk.say("home.choose_one")
    return Again()


def show_name(talk: Talk[Binding]) -> Show:
    form = yield from change("OpenBindingForm")
    if talk.refused(form):
        return End()
    talk.say("bind.ask_name", url=form["address"]["url"])
    return None


def hear_name(talk: Talk[Binding], said: str) -> Hear:
    return (yield from _part(talk, "NAME", "name", said, "id_number"))


def show_id_number(talk: Talk[Binding]) -> None:
    talk.say("bind.ask_id_number")


def hear_id_number(talk: Talk[Binding], said: str) -> Hear:
    if not any(char.isdigit() for char in said):
        talk.say("bind.id_number_needed")
        return Again()
    return (yield from _part(talk, "ID_NUMBER", "id_number", said, "phone"))


def show_phone(talk: Talk[Binding]) -> None:
    talk.say("bind.ask_phone")


def hear_phone(talk: Talk[Binding], said: str) -> Hear:
    typed = without_label(said)[:_LONGEST]
    if talk.refused((yield from change("CheckIdentity", field="PHONE", value=typed))):
        return Again()
    started = yield from change(
        "StartBinding",
        consentVersion=talk.data.consent,
        name=talk.data.name,
        idNumber=talk.data.id_number,
        phone=typed,
    )
    if talk.refused(started):
        talk.forget("id_number")
        return Go("name") if started["refusalCode"] == "REGISTER_MISMATCH" else End()
    talk.forget("id_number")
    talk.data.attempt = started["attempt"]["id"]
    talk.data.tail = started["attempt"]["maskedPhone"][-4:]
    return Go("code")


def show_code(talk: Talk[Binding]) -> None:
    talk.say("bind.ask_code", tail=talk.data.tail)


def hear_code(talk: Talk[Binding], said: str) -> Hear:
    if plain(said) in _RESEND:
        resent = yield from change("ResendCode", attempt=talk.data.attempt)
        if resent.get("refusalCode") == "CODE_EXPIRED":
            bound = (yield Ask("Home"))["me"] is not None
            talk.say("bind.already" if bound else "bind.over")
            return End()
        return End() if talk.refused(resent) else Go("code")
    confirmed = yield from change("ConfirmBinding", attempt=talk.data.attempt, code=said[:_LONGEST])
    if talk.refused(confirmed):
        if confirmed["refusalCode"] == "SECOND_ACCOUNT":
            return Go("move")
        return Again() if confirmed["refusalCode"] in _AGAIN else End()
    talk.say("bind.done", name=confirmed["maskedName"], version=confirmed["consentVersion"])
    try:
        score = (yield Ask("Score"))["me"]["score"]
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        talk.say_text(refused.text[talk.language])
        return End()
    key = "bind.done_newcomer" if score["band"]["code"] == "newcomer" else "bind.done_score"
    talk.say(
        key,
        name=talk.local(score["scheme"]["name"]),
        value=score["value"],
        band=talk.local(score["band"]["label"]),
    )
    return End()


def show_move(talk: Talk[Binding]) -> None:
    talk.say("bind.move_offer")


def hear_move(talk: Talk[Binding], said: str) -> Hear:
    if confirms(said, _NO_MOVE):
        talk.say("bind.not_moved")
        return End()
    if not confirms(said, _MOVE):
        talk.say("home.choose_one")
        return Again()
    moved = yield from change("MoveAccount", attempt=talk.data.attempt)
    if not talk.refused(moved):
        talk.say("bind.moved", name=moved["maskedName"], until=moment(talk.language, moved["heldUntil"]))
    return End()


def _part(talk: Talk[Binding], field: str, key: str, said: str, following: str) -> Hear:
    typed = without_label(said)[:_LONGEST]
    if talk.refused((yield from change("CheckIdentity", field=field, value=typed))):
        return Again()
    setattr(talk.data, key, typed)
    return Go(following)


bind.step("consent", show_consent, hear_consent, choices=choices("agree", "decline", "full_text", "records_only"))
bind.step("consent_read", show_consent_read, hear_consent, choices=choices("agree", "decline", "records_only"))
bind.step(
    "records_consent", show_records_consent, hear_records_consent, choices=choices("agree", "decline", "full_text")
)
bind.step("name", show_name, hear_name, free=True, is_name=True)
bind.step("id_number", show_id_number, hear_id_number)
bind.step("phone", show_phone, hear_phone)
bind.step("code", show_code, hear_code)
bind.step("move", show_move, hear_move, choices=choices("move", "no_move"))
