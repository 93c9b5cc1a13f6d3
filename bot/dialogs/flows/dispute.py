"""异议: choose a record, a reason, own words, photos, confirm."""

from __future__ import annotations

from collections.abc import Generator

from bot.dialogs.choices import Choice
from bot.dialogs.evidence import (
    DONE,
    KEPT,
    TO_FILE,
    YES,
    Evidence,
    add_confirmation,
    choose_evidence,
    collect_photos,
    hear_own_words,
    hear_words,
    limits,
    offer_page,
    photo_at,
    photos_done,
    see_photo,
)
from bot.dialogs.flow import (
    NOT_COMPUTED,
    Again,
    Ask,
    Data,
    End,
    Flow,
    Go,
    Hear,
    OperationRefusedError,
    Show,
    Talk,
    change,
)
from bot.dialogs.flows.not_me import hear_move, show_move
from bot.dialogs.flows.score import line_number, listed_lines, not_bound
from bot.dialogs.typed import confirms, decided, is_bare, led_by_number, number, plain
from bot.phrases import day, phrase, points

FINER = {
    "NOT_MINE": ("IDENTITY_THEFT",),
    "WRONG_FACTS": ("WRONG_DATE_OR_POINTS", "WRONG_RECORD_TYPE"),
    "ALREADY_FULFILLED": (),
    "DUPLICATE_OR_EXPIRED": ("DUPLICATE", "EXPIRED", "SOURCE_REVOKED"),
    "OTHER": (),
}
"""The five reasons, each with what people say more exactly; a test holds that the API has the same."""
REASONS = tuple(FINER)
_SENTENCE = 4
"""Characters from which on what is no reason of the list is a person's own words."""
Chosen = Generator[Ask, Data, Go | None]


class Disputing(Evidence):
    """The record that is disputed, as it was shown, and why."""

    record: str = ""
    label: str = ""
    points: str = ""
    is_gain: bool = False
    """Whether it gives points, which are missing while it is disputed."""
    source: str = ""
    reason: str = ""


dispute = Flow(
    "dispute",
    version=2,
    remembers=Disputing,
    words=("异议", "申诉", "dispute"),
    numbered=True,
    rests=True,
    keeps=KEPT,
)


def reasons(language: str) -> list[Choice]:
    """The five reasons, by number."""
    return [Choice(str(n), phrase(language, f"reason.{code.lower()}")) for n, code in enumerate(REASONS, 1)]


def show_choice(talk: Talk[Disputing]) -> Show:
    listed = yield from listed_lines()
    if listed is None:
        return Go("not_me") if (yield Ask("MovedAway"))["viewer"]["movedAway"] else not_bound(talk)
    if talk.argument:
        return (yield from _choose(talk, int(talk.argument)))
    rows = [
        f"{line['position']}. {points(line['points'])} {talk.local(line['label'])}"
        for line in sorted(listed, key=lambda line: line["points"] > 0)  # what takes points first
        if _can_be_disputed(line)
    ]
    if not rows:
        talk.say("dispute.nothing")
        talk.say("dispute.elsewhere")
        return End()
    talk.say("dispute.choose", rows="\n".join(rows))
    talk.say("dispute.elsewhere")
    return None


def hear_choice(talk: Talk[Disputing], said: str) -> Hear:
    """The number of a record; with the reason behind it, or with a sentence, all at once."""
    led = led_by_number(said)
    following = None if led is None else (yield from _reason(talk, led[1]))
    chosen = led[0] if led is not None and isinstance(following, Go) else decided(said)
    if chosen is None:
        talk.say("dispute.choose_unclear")
        return Again()
    next_step = yield from _choose(talk, chosen)
    if next_step is None:
        return Again()
    return following if isinstance(following, Go) else next_step


def show_reason(talk: Talk[Disputing]) -> None:
    talk.say("dispute.ask_reason", label=talk.data.label, points=talk.data.points)


def hear_reason(talk: Talk[Disputing], said: str) -> Hear:
    """One of the reasons, by number or name; a sentence behind it, or instead of it, is taken as the words."""
    following = yield from _reason(talk, said)
    if following is None:
        example = talk.words("reason." + REASONS[1].lower())
        talk.say("dispute.reason_unclear", most=len(REASONS), example=example)
    return following or Again()


def _reason(talk: Talk[Disputing], said: str) -> Generator[Ask, Data, Go | Again | None]:
    """What follows from a reason, a sentence, or both; None where it is neither."""
    led = led_by_number(said)
    if led is not None and 1 <= led[0] <= len(REASONS) and len(plain(led[1])) >= _SENTENCE:
        talk.data.reason = REASONS[led[0] - 1]
        return Go("photos") if (yield from hear_words(talk, led[1])) else Go("words")
    meant = _named(talk).get(plain(said), number(said))
    if meant is None and len(plain(said)) >= _SENTENCE and not confirms(said, (*YES, *DONE)):
        talk.data.reason = "OTHER"
        return Go("photos") if (yield from hear_words(talk, said)) else Again()
    if meant is None or not is_bare(said) or not 1 <= meant <= len(REASONS):
        return None
    talk.data.reason = REASONS[meant - 1]
    return Go("words")


def _named(talk: Talk[Disputing]) -> dict[str, int]:
    """The reasons by their names, and by those that say them more exactly."""
    named = {plain(reason.label): int(reason.said) for reason in reasons(talk.language)}
    for n, all_finer in enumerate(FINER.values(), 1):
        named |= {plain(talk.words("reason." + finer.lower())): n for finer in all_finer}
    return named


def show_words(talk: Talk[Disputing]) -> Show:
    talk.say("dispute.ask_words", most=(yield from limits())["mostCharacters"])
    return None


def show_photos(talk: Talk[Disputing]) -> Show:
    """The whole dispute, which can be confirmed at once; and where photos can go."""
    _summary(talk, "dispute.confirm_or_photos", most=(yield from limits())["mostPhotos"])
    yield from offer_page(talk)
    return None


def hear_photos(talk: Talk[Disputing], said: str) -> Hear:
    if confirms(said, YES) and not confirms(said, DONE):
        return (yield from _file(talk)) if (yield from collect_photos(talk)) else Go("confirm")
    return Go("confirm") if (yield from photos_done(talk, said)) else Again()


def show_confirm(talk: Talk[Disputing]) -> None:
    _summary(talk, "dispute.confirm")


def _summary(talk: Talk[Disputing], key: str, **values: object) -> None:
    """What would be filed; of a gain, that its points are missing meanwhile."""
    if talk.data.is_gain:
        talk.say("dispute.gain_warning", points=talk.data.points)
    talk.say(
        key,
        label=talk.data.label,
        points=talk.data.points,
        source=talk.data.source,
        reason=talk.words("reason." + talk.data.reason.lower()),
        words=talk.data.words,
        photos=len(talk.data.photos),
        **values,
    )


def _file(talk: Talk[Disputing]) -> Generator[Ask, Data, End]:
    data = talk.data
    opened = yield from change(
        "OpenDispute", recordId=data.record, reason=data.reason, words=data.words, evidence=data.photos
    )
    if talk.refused(opened):
        return End()
    filed = opened["dispute"]
    due = day(talk.language, filed["dueOn"])
    if not filed["points"]:
        talk.say("dispute.filed_without_effect", number=filed["number"], due=due)
    else:
        yield from _say_filed(talk, filed, due)
    if filed["receiptUrl"] is not None:
        talk.say("status.receipt", number=filed["number"], url=filed["receiptUrl"])
    return End()


def _say_filed(talk: Talk[Disputing], filed: Data, due: str) -> Generator[Ask, Data, None]:
    """With the score as it is now, where there is one."""
    try:
        value = (yield Ask("Score"))["me"]["score"]["value"]
    except OperationRefusedError as refused:
        if refused.code not in NOT_COMPUTED:
            raise
        talk.say("dispute.filed_without_score", number=filed["number"], due=due)
    else:
        talk.say("dispute.filed", number=filed["number"], points=points(filed["points"]), value=value, due=due)


def _choose(talk: Talk[Disputing], chosen: int) -> Chosen:
    line = yield from line_number(chosen)
    if line is None or line["record"] is None or not _can_be_disputed(line):
        yield from _say_why_not(talk, line, chosen)
        talk.argument = ""
        return None
    data = talk.data
    data.record = line["record"]["id"]
    data.label = talk.local(line["label"])
    data.points, data.is_gain = points(line["points"]), line["points"] > 0 and "withheldReason" not in line
    data.source = talk.local(line["source"]["label"])
    choose_evidence(data, data.record)
    return Go("reason")


def _say_why_not(talk: Talk[Disputing], line: Data | None, chosen: int) -> Generator[Ask, Data, None]:
    """That there is no such record, or the number of the dispute that is open about it."""
    if line is None or line.get("withheldReason") != "DISPUTED":
        talk.say("dispute.no_such_line", number=chosen)
        return
    mine = (yield Ask("Disputes"))["me"]["disputes"]["edges"]
    numbers = [edge["node"]["number"] for edge in mine if edge["node"]["subject"] == line["label"]]
    talk.say("dispute.line_in_dispute", number=chosen, case=numbers[0] if numbers else talk.words("state.submitted"))


def _can_be_disputed(line: Data) -> bool:
    """Every record, whether it counts or not; of one that is disputed the dispute goes on."""
    return line.get("kind", "RECORD") == "RECORD" and line.get("withheldReason") != "DISPUTED"


dispute.step("record", show_choice, hear_choice, photo_at("record"))
dispute.step("reason", show_reason, hear_reason, photo_at("reason"), choices=reasons)
dispute.step("words", show_words, hear_own_words, photo_at("words"), free=True)
dispute.step("photos", show_photos, hear_photos, see_photo, choices=TO_FILE)
add_confirmation(dispute, show_confirm, _file)
dispute.step("not_me", show_move, hear_move)
