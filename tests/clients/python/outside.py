"""What someone does who has only installed the package.

python outside.py BASE ACCOUNT CODE BENEFIT SOURCE_KEY PARTNER_KEY

The password of the account comes by standard input. Prints what it saw as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date, timedelta

import egret_client
from egret_client import (
    FAULTS,
    DataClass,
    DeliverRecordsInput,
    DisputeReason,
    Egret,
    IssuePassInput,
    LogInInput,
    OpenDisputeInput,
    QueueFilter,
    RecordInput,
    RedeemPassInput,
    Refusal,
    RefusalCode,
    Rejection,
    RenewSessionInput,
    SignInInput,
    connected,
    fault_code,
)


async def desk(base: str, account: str, password: str) -> int:
    """How many cases are open, after a wrong password was refused as a value."""
    async with connected(base) as anybody:
        wrong = (await anybody.sign_in(SignInInput(account=account, password=account))).sign_in
        assert isinstance(wrong, Refusal)
        assert wrong.refusal_code is RefusalCode.SIGN_IN_FAILED
        assert "password" in wrong.message.text
        answer = (await anybody.sign_in(SignInInput(account=account, password=password))).sign_in
    assert not isinstance(answer, Refusal), answer
    async with connected(base, answer.session.token) as egret:
        cases = (await egret.cases(QueueFilter.OPEN, 50)).cases
    assert cases is not None
    return len(cases.edges)


async def session(base: str, code: str) -> str:
    """A citizen's token, renewed once."""
    async with connected(base) as anybody:
        first = (await anybody.log_in(LogInInput(code=code))).log_in
        assert not isinstance(first, Refusal), first
        assert first.session.refresh_token is not None
        given = RenewSessionInput(refresh_token=first.session.refresh_token)
        answer = (await anybody.renew_session(given)).renew_session
    assert not isinstance(answer, Refusal), answer
    return answer.session.token


async def score(egret: Egret) -> tuple[int, str]:
    """The value, which is the sum of all lines, and the id of a record that counts."""
    after, points, records = None, 0, list[str]()
    while True:
        me = (await egret.score(first=2, after=after)).me
        assert me is not None
        lines = me.score.lines
        assert lines is not None
        points += sum(edge.node.points for edge in lines.edges)
        found = [edge.node.record for edge in lines.edges if edge.node.record]
        records += [record.id for record in found if not record.disputed]
        if not lines.page_info.has_next_page:
            assert points == me.score.value
            return points, records[0]
        after = lines.page_info.end_cursor


async def dispute(egret: Egret, record: str) -> tuple[str, str]:
    """The number and the state of a new dispute; a second one about the same record is refused."""
    given = OpenDisputeInput(record_id=record, reason=DisputeReason.NOT_MINE, words="请核对。")
    filed = (await egret.open_dispute(given)).open_dispute
    assert not isinstance(filed, Refusal), filed
    again = (await egret.open_dispute(given)).open_dispute
    assert isinstance(again, Refusal)
    assert again.refusal_code is RefusalCode.DISPUTE_OPEN
    me = (await egret.my_disputes(first=50)).me
    assert me is not None
    assert me.disputes is not None
    states = {edge.node.number: edge.node.state for edge in me.disputes.edges}
    return filed.dispute.number, states[filed.dispute.number].value


async def pass_code(egret: Egret, benefit: str) -> str | None:
    """The code of a pass for a benefit that is open."""
    me = (await egret.my_benefits(first=50)).me
    assert me is not None
    assert me.benefits is not None
    assert benefit in {edge.node.benefit.code for edge in me.benefits.edges if edge.node.eligible}
    codes = set()
    for _ in range(2):  # as after a time-out: with the same key there is no second pass
        given = IssuePassInput(benefit=benefit)
        answer = (await egret.issue_pass(given, headers={"Idempotency-Key": "one-pass"})).issue_pass
        assert not isinstance(answer, Refusal), answer
        codes.add(answer.pass_.code)
    (code,) = codes
    return code


async def source(base: str, key: str) -> list[Rejection]:
    """Why a record that no rule allows was not taken, and when it is sent again."""
    day = date.today() - timedelta(days=3)  # noqa: DTZ011 - any day that has been
    record = RecordInput(
        document_number="EX-1",
        resident="350199199001010016",
        source="nobody",
        rule="nothing",
        data_class=DataClass.ADVERSE,
        occurred_on=day,
        reported_on=day,
        final=True,
    )
    rejections = []
    async with connected(base, key) as egret:
        for _ in range(2):
            given = DeliverRecordsInput(records=[record])
            answer = (await egret.deliver_records(given)).deliver_records
            assert not isinstance(answer, Refusal), answer
            rejections += [reject.rejection for reject in answer.report.rejects]
        assert (await egret.inquiries(first=5)).inquiries is not None
    return rejections


async def partner(base: str, key: str, code: str) -> list[bool]:
    """Whether a pass is good: once."""
    good = []
    async with connected(base, key) as egret:
        for _ in range(2):
            answer = (await egret.redeem_pass(RedeemPassInput(code=code))).redeem_pass
            assert not isinstance(answer, Refusal), answer
            good.append(answer.valid)
    return good


async def fault(base: str) -> str | None:
    """The code of the fault that a forged token meets."""
    async with connected(base, "forged") as egret:
        try:
            await egret.score(first=1)
        except FAULTS as met:
            return fault_code(met)
    return None


async def main(base: str, account: str, code: str, benefit: str, source_key: str, partner_key: str) -> None:
    cases = await desk(base, account, sys.stdin.readline().strip())
    async with connected(base, await session(base, code), language="zh") as egret:
        value, record = await score(egret)
        shown = await pass_code(egret, benefit)
        number, state = await dispute(egret, record)
    assert shown is not None
    told = {
        "package": egret_client.__file__,
        "path": sys.path,
        "cases": cases,
        "score": value,
        "dispute": [number, state],
        "rejections": [one.value for one in await source(base, source_key)],
        "redeemed": await partner(base, partner_key, shown),
        "fault": await fault(base),
    }
    print(json.dumps(told))  # noqa: T201


asyncio.run(main(*sys.argv[1:]))
