"""What raises each kind of notice: by what a person, the desk, a source or a day does."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from schema.types.check import CheckOutcome
from schema.types.complaint import RefusedSignIn
from schema.types.dispute import Case
from schema.types.enrolment import AccessEntry
from schema.types.errors import Refused
from schema.types.look import LookedBy
from schema.types.principal import Caller, Contact, Kind, Principal
from scoring.disputes import Determination, DisputeState, Finding
from scoring.records import RevocationReason
from scoring.scheme import SCHEMES_DIR
from server.citizens.residents.model import Residence
from server.disputes.told import DecisionTold
from server.scores.versions.files import read_folder
from tests.faults.raising import Raising, Someone
from tests.support.disputes import PAGE
from tests.support.people import record

GOOD = [
    record(f"{what}.timely", f"202{n}-09-01", f"{what}{n}")
    for what in ("social-insurance", "housing-fund")
    for n in (4, 5, 6)
]
PARKING, BILL, RUBBLE = "traffic.illegal-parking", "utility.power-overdue", "urban.rubble"
_POLICE = Principal(Kind.SOURCE, "traffic-police")
Whose = Someone | Contact
Raiser = Callable[[Raising], Awaitable[Whose]]
"""Raises one notice of a kind and says whose it is: a citizen's, or an account's. Others that it raises are extra."""


# Records and the score


async def score_changed(r: Raising) -> Whose:
    me = await r.joined()
    await r.deliver(me, r.record(PARKING, 20))
    return me


async def record_arrived(r: Raising) -> Whose:
    me = await r.joined()
    await r.deliver(me, r.record(PARKING, 20, final=False))
    return me


async def bill_due(r: Raising) -> Whose:
    me = await r.joined()
    await r.deliver(me, r.record(BILL, 3, facts={"amount": "128.50"}))
    return me


async def record_counts(r: Raising) -> Whose:
    terms = r.container.scheme.terms_on(BILL, r.today)
    assert terms is not None
    me = await r.joined(r.record(BILL, terms.grace_days, facts={"amount": "128.50"}), days=5)
    await r.round()
    return me


async def benefit_opened(r: Raising) -> Whose:
    me = await r.joined()
    await r.deliver(me, *(replace(one, id=f"{one.id}-{next(r.numbers)}") for one in GOOD))
    return me


async def benefit_closing(r: Raising) -> Whose:
    five = [replace(one, id=f"{one.id}-{next(r.numbers)}") for one in GOOD][:5]
    me = await r.joined(*five, r.record(BILL, 25), first=r.part())
    await r.round()
    return me


async def scheme_changes(r: Raising) -> Whose:
    me = await r.joined()
    if not r.versions:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(shutil.copytree(SCHEMES_DIR / "fuzhou-moli", Path(name) / "next"))
            _rewrite(folder / "scheme.toml", 'version = "2026-1"', 'version = "2026-2"')
            _rewrite(
                folder / "rules.toml",
                r'(code = "traffic.illegal-parking"(?:\n.*){6}\npoints = .*?value = )-10',
                r"\1-9",
            )
            files = read_folder(folder)
        one, other = await r.hire(Kind.STEWARD), await r.hire(Kind.STEWARD)
        version = await r.container.versions.propose(one, files, "next", r.today + timedelta(days=27))
        await r.container.versions.approve(other, version)
        r.versions.append(version)
    await r.round()
    return me


def _rewrite(file: Path, pattern: str, new: str) -> None:
    file.write_text(re.sub(pattern, new, file.read_text("utf-8"), count=1), "utf-8")


async def score_paused(r: Raising) -> Whose:
    me = await r.joined()
    await r.container.register.enter([me.identity], r.clock())
    await _register_says(r, me, {"$set": {"residence": Residence.MOVED.value}})
    return me


async def score_resumed(r: Raising) -> Whose:
    me = await score_paused(r)
    assert isinstance(me, Someone)
    await _register_says(r, me, {"$unset": {"residence": ""}})
    return me


async def _register_says(r: Raising, me: Someone, change: dict[str, object]) -> None:
    index, rows = r.container.register.digests.index(me.identity.id_number), r.container.store["register"]
    for row in await rows.find({}, {"_id": 1}).to_list(None):
        if bytes(row["_id"]).endswith(index):
            await rows.update_one({"_id": row["_id"]}, change)
    await r.container.residences.settle(lambda *_: None)


async def pass_used(r: Raising) -> Whose:
    me = await r.joined(*(replace(one, id=f"{one.id}-{next(r.numbers)}") for one in GOOD))
    benefit, benefits = r.container.scheme.benefits[0], r.container.services.benefits
    issued = await benefits.issue_pass(replace(me.caller, idempotency_key=secrets.token_hex(12)), benefit.code)
    assert issued.code is not None
    await benefits.redeem(Caller(Principal(Kind.PARTNER, benefit.partner)), issued.code)
    return me


async def digest(r: Raising) -> Whose:
    me, chosen = await r.joined(), {"off": [], "quiet": [0, 0], "digest": True}
    store, one = r.container.store, {"_id": me.principal.id}
    await store["citizens"].update_one(one, {"$set": {"notice_choices": chosen}})
    await r.deliver(me, r.record(PARKING, 20))
    await r.found("notices", {"citizen": me.principal.id, "kind": "score_changed"})
    await r.deliver(me, r.record(PARKING, 20, final=False))
    await r.found("notices", {"citizen": me.principal.id, "kind": "record_arrived"})
    rows = store["notices"]
    await rows.update_many({"citizen": one["_id"]}, {"$set": {"created_at": r.clock() - timedelta(days=2)}})
    mine = [row["_id"] for row in await rows.find({"citizen": one["_id"]}, {"_id": 1}).to_list(None)]
    await store["outbox"].update_many({"_id": {"$in": mine}, "done": False}, {"$set": {"due": r.clock()}})
    return me


# Disputes


async def _disputed(r: Raising, days: int = 0) -> tuple[Someone, str]:
    me = await r.joined(r.record(PARKING, days + 40), days=days)
    return me, (await r.filed(me)).key


async def _claimed(r: Raising, days: int = 0) -> tuple[Someone, Caller, Case]:
    me, key = await _disputed(r, days)
    agent = await r.hire(Kind.AGENT)
    return me, agent, await r.container.services.desk.claim(agent, key)


async def _decided(r: Raising, days: int, determination: Determination) -> tuple[Someone, str]:
    me, agent, case = await _claimed(r, days)
    await _end(r, agent, case, determination)
    return me, case.dispute.key


async def _end(r: Raising, agent: Caller, case: Case, determination: Determination) -> None:
    desk, key = r.container.services.desk, case.dispute.key
    case = await desk.decide(agent, key, case.revision, determination, "核查过")
    if case.dispute.state is DisputeState.PROPOSED:
        await desk.approve(await r.hire(Kind.APPROVER), key, case.revision, determination)


async def dispute_accepted(r: Raising) -> Whose:
    return (await _disputed(r))[0]


async def dispute_asked(r: Raising, days: int = 0) -> Whose:
    me, agent, case = await _claimed(r, days)
    await r.container.services.desk.ask_citizen(agent, case.dispute.key, case.revision, "请补充缴费凭证")
    return me


async def dispute_extended(r: Raising) -> Whose:
    me, agent, case = await _claimed(r)
    await r.container.services.desk.extend(agent, case.dispute.key, case.revision, "等来源核对")
    return me


async def dispute_decided(r: Raising) -> Whose:
    return (await _decided(r, 0, Determination.UPHELD))[0]


async def dispute_rejected(r: Raising) -> Whose:
    me, agent, case = await _claimed(r)
    await r.container.services.desk.reject(agent, case.dispute.key, case.revision, "没有写明哪里不对。")
    return me


async def appeal_ends(r: Raising) -> Whose:
    me, key = await _decided(r, 24, Determination.UPHELD)
    row = await r.found("notices", {"citizen": me.principal.id, "kind": "dispute_decided"})
    await r.found("outbox", {"_id": row["_id"], "done": True})  # its worker has said that it was told today
    await r.container.store["disputes"].update_one({"_id": key}, {"$unset": {"told_on": "", "told_by": ""}})
    await DecisionTold(r.container.store)(row, r.today - timedelta(days=24))
    await r.round()
    return me


async def reply_ends(r: Raising) -> Whose:
    me, agent, case = await _claimed(r)
    await r.container.services.desk.ask_citizen(agent, case.dispute.key, case.revision, "请补充缴费凭证")
    soon = {"due_on": r.today.isoformat()}
    await r.container.store["disputes"].update_one({"_id": case.dispute.key}, {"$set": soon})
    await r.round()
    return me


async def acted_for_you(r: Raising) -> Whose:
    me, agent, case = await _claimed(r)
    desk, key = r.container.services.desk, case.dispute.key
    case = await desk.ask_source(agent, key, case.revision, "请核对这条记录")
    await desk.log_call(agent, key, case.revision, "王警官", Finding.CONFIRMED, "核对过，属实")
    return me


# Complaints


async def _complained(r: Raising, days: int = 0) -> tuple[Someone, str]:
    me = await r.joined(days=days)
    day = r.today - timedelta(days=days + 2)
    return me, (await r.container.disputes.complain(me.on_a_page, RefusedSignIn(day), "登录不了", [])).key


async def _complaint_claimed(r: Raising) -> tuple[Someone, Caller, Case]:
    me, key = await _complained(r)
    agent = await r.hire(Kind.AGENT)
    return me, agent, await r.container.services.desk.claim(agent, key)


async def complaint_accepted(r: Raising) -> Whose:
    return (await _complained(r))[0]


async def complaint_answered(r: Raising) -> Whose:
    me, agent, case = await _complaint_claimed(r)
    await _end(r, agent, case, case.outcomes[0])
    return me


async def complaint_extended(r: Raising) -> Whose:
    me, agent, case = await _complaint_claimed(r)
    await r.container.services.desk.extend(agent, case.dispute.key, case.revision, "等技术核对")
    return me


async def complaint_rejected(r: Raising) -> Whose:
    me, agent, case = await _complaint_claimed(r)
    await r.container.services.desk.reject(agent, case.dispute.key, case.revision, "没有写明哪里不对。")
    return me


async def complaint_escalated(r: Raising) -> Whose:
    me, _ = await _complained(r, days=30)
    r.clock.days = 0
    await r.container.disputes.lapse_overdue()
    return me


# What a source does


async def repair_answered(r: Raising) -> Whose:
    me = await r.joined(r.record(PARKING, 40))
    (edge,) = (await r.container.services.records.of_citizen(me.principal, PAGE)).edges
    done = r.today - timedelta(days=5)
    applied = await r.container.repairs.apply(me.caller, edge.node.key, done, "罚款已缴", [])
    await r.container.services.repair_answers.answer(Caller(_POLICE), applied.key, "已核实缴款。", accepted=True)
    return me


async def repair_opens(r: Raising) -> Whose:
    me = await r.joined(r.record(RUBBLE, 87))
    await r.round()
    return me


async def record_held(r: Raising) -> Whose:
    number = f"榕公罚〔2026〕{next(r.numbers)}号"
    one = replace(r.record(PARKING, 40), id=number)
    me = await r.joined(one)
    agent = await r.hire(Kind.AGENT)
    case = await r.container.services.desk.claim(agent, (await r.filed(me)).key)
    await _end(r, agent, case, Determination.DELETED)
    await r.deliver(me, replace(one, id=number.replace("〔", "[").replace("〕", "]")))
    return me


async def record_withdrawn(r: Raising) -> Whose:
    one = r.record(PARKING, 40)
    me = await r.joined(one)
    await r.container.services.reports.revoke(Caller(_POLICE), one.id, RevocationReason.WRONG_PERSON)
    return me


async def same_event(r: Raising) -> Whose:
    one = r.record(PARKING, 40)
    me = await r.joined(one, replace(one, id=f"{one.id}-twin", source="tax-bureau"))
    agent = await r.hire(Kind.AGENT)
    case = await r.container.services.desk.claim(agent, (await r.filed(me)).key)
    await _end(r, agent, case, Determination.DELETED)
    return me


# Who looked, who signs in


async def _asked(r: Raising, days: int = 0) -> tuple[Someone, Caller, str]:
    """A citizen, who looked at their case, and the citizen's question why."""
    me, agent, case = await _claimed(r, days)
    await r.container.services.desk.case(agent.principal, case.dispute.key)
    looks = r.container.looks
    look: AccessEntry = (await looks.access_log(me.principal, PAGE, LookedBy.OTHERS)).edges[0].node
    await looks.ask(me.caller, str(look.id))
    row = await r.found("look_questions", {"citizen": me.principal.id})
    return me, agent, row["_id"]


async def look_explained(r: Raising) -> Whose:
    me, agent, question = await _asked(r)
    await r.container.looks.answer(agent, question, "办理异议时查看")
    await r.container.looks.answer(await r.hire(Kind.APPROVER), question, "您提出异议后，由承办人查看。")
    return me


async def look_unanswered(r: Raising) -> Whose:
    me, _, _ = await _asked(r, days=20)
    r.clock.days = 0
    await r.container.looks.escalate()
    return me


async def _stranger(r: Raising) -> Contact:
    openid = f"o-stranger-{next(r.numbers)}"
    contact = (await r.container.contacts.enter("wechat", openid)).contact
    await r.write(openid)
    return contact


async def check_closed(r: Raising) -> Whose:
    rule = next(
        one for one in r.container.scheme.rules if len(one.sources) > 1 and one.points[0].value > 0 and not one.optional
    )
    one = r.record(rule.code, 60, source=rule.sources[0])
    me = await r.joined(one)
    await r.deliver(me, replace(one, id=f"{one.id}-twin", source=rule.sources[1]))
    check = await r.found("checks", {"citizen": me.principal.id, "kind": "same_event"})
    for role in (Kind.AGENT, Kind.APPROVER):
        await r.container.services.checks.close(await r.hire(role), check["_id"], CheckOutcome.LIFTED)
    return me


async def check_late(r: Raising) -> Whose:
    contact, r.clock.days = await _stranger(r), 40
    await r.container.services.checks.report_sign_in(Caller(Principal(contact=contact)), "绑定不了")
    r.clock.days = 0
    await r.container.sign_in_reports.keep_deadlines()
    return contact


async def _moving(r: Raising) -> tuple[Someone, Contact, str]:
    """A citizen, another account that showed the citizen's code, and its attempt."""
    me, other = await r.joined(), await _stranger(r)
    await r.container.register.enter([me.identity], r.clock())
    caller, bindings = Caller(Principal(contact=other)), r.container.services.bindings
    one, version = me.identity, r.container.scheme.consent.version
    started = await bindings.start(caller, version, one.name, one.id_number, one.phone)
    try:
        await bindings.confirm(caller, started.id, await _code(r, one.phone))
    except Refused as refused:
        return me, other, str(refused.details["attempt"])
    raise AssertionError("an account in use moves by a word of its own")


async def _code(r: Raising, phone: str) -> str:
    rows = await r.container.store["outbox"].find({"kind": "sms"}).sort([("created_at", -1)]).to_list(50)
    for row in rows:
        told = await r.container.vault.open(row["sealed"])
        if told["phone"] == phone and "code" in told:
            return str(told["code"])
    raise LookupError(phone)


async def bound_elsewhere(r: Raising) -> Whose:
    return (await _moving(r))[0]


async def account_moved(r: Raising) -> Whose:
    me, other, attempt = await _moving(r)
    await r.container.services.moves.move(Caller(Principal(contact=other)), attempt)
    await r.write(me.openid)
    return me.contact


async def move_undone(r: Raising) -> Whose:
    me, other, attempt = await _moving(r)
    moves = r.container.services.moves
    await moves.move(Caller(Principal(contact=other)), attempt)
    await moves.undo(Caller(Principal(contact=me.contact)))
    return other


async def signed_in(r: Raising) -> Whose:
    me = await r.joined()
    known = await r.container.contacts.enter("app", f"app-{next(r.numbers)}")
    bound = {"hash": known.contact.id, "channel": "app", "bound_at": r.clock()}
    one = {"_id": me.principal.id}
    await r.container.store["citizens"].update_one(one, {"$push": {"contacts": bound}})
    for device in ("first", "second"):
        again = await r.container.contacts.get(known.contact.id)
        assert again is not None
        await r.container.sessions._doors.enter(again, "app", device)
    return me


RAISERS: dict[str, Raiser] = {
    raiser.__name__: raiser
    for raiser in (
        score_changed,
        digest,
        record_arrived,
        bill_due,
        record_counts,
        benefit_opened,
        benefit_closing,
        scheme_changes,
        score_paused,
        score_resumed,
        pass_used,
        dispute_accepted,
        dispute_asked,
        dispute_extended,
        dispute_decided,
        dispute_rejected,
        complaint_accepted,
        complaint_answered,
        complaint_escalated,
        complaint_extended,
        complaint_rejected,
        repair_answered,
        repair_opens,
        record_held,
        same_event,
        record_withdrawn,
        look_explained,
        look_unanswered,
        appeal_ends,
        reply_ends,
        acted_for_you,
        check_closed,
        check_late,
        bound_elsewhere,
        signed_in,
        account_moved,
        move_undone,
    )
}
"""By kind of notice."""
