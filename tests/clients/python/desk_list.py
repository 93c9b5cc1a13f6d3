"""What is open at the desk, oldest deadline first: an outside program over the generated client.

python -m tests.clients.python.desk_list ADDRESS ACCOUNT   (the password is asked for)
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator

from tests.clients.python.egret_api import Egret, QueueFilter, SignInInput
from tests.clients.python.egret_api.cases import CasesCasesEdgesNodeDispute as Dispute
from tests.clients.python.egret_api.sign_in import SignInSignInSignInSuccess as SignedIn

_PAGE = 50


class SignInRefusedError(Exception):
    """The desk did not let this account in; the text says why and what to do."""


async def programme_lines(egret: Egret) -> list[str]:
    """The scheme in force and its benefits. Anybody may ask."""
    found = await egret.programme(first=_PAGE)
    scheme = found.scheme
    lines = [f"{scheme.name.en} {scheme.version}: {scheme.lowest} to {scheme.highest}, from {scheme.base}"]
    for edge in found.benefits.edges if found.benefits else ():
        benefit = edge.node
        lines.append(f"  {benefit.label.en}, from {benefit.least}; else: {benefit.ordinary_route.en}")
    return lines


async def signed_in(address: str, account: str, password: str) -> Egret:
    """A client that is someone of the desk. Raises SignInRefusedError."""
    async with Egret(url=address) as anonymous:
        answer = (await anonymous.sign_in(SignInInput(account=account, password=password))).sign_in
    if not isinstance(answer, SignedIn):
        raise SignInRefusedError(answer.message.en)
    return Egret(url=address, headers={"authorization": f"Bearer {answer.session.token}"})


async def open_cases(egret: Egret) -> AsyncIterator[Dispute]:
    """Every open case, page after page."""
    after = None
    while True:
        page = (await egret.cases(QueueFilter.OPEN, _PAGE, after)).cases
        if page is None:
            return
        for edge in page.edges:
            yield edge.node.dispute
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


async def report(address: str, account: str, password: str) -> list[str]:
    """The programme, and the open cases with what is left of their time."""
    async with await signed_in(address, account, password) as egret:
        lines = await programme_lines(egret)
        async for case in open_cases(egret):
            left = f"{case.working_days_left} working days left, due {case.due_on}"
            lines.append(f"{case.number} {case.state.value}: {case.subject.en}; {left}")
    return lines


if __name__ == "__main__":
    address, account = sys.argv[1:]
    print("\n".join(asyncio.run(report(address, account, getpass.getpass()))))  # noqa: T201
