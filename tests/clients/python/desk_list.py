"""What is open at the desk, oldest deadline first: an outside program over the Python client.

python desk_list.py BASE ACCOUNT   (with egret-client installed; the password is asked for)
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator

from egret_client import Egret, QueueFilter, Refusal, SignInInput, connected
from egret_client.generated.cases import CasesCasesEdgesNodeDispute as Dispute

_PAGE = 50


class SignInRefusedError(Exception):
    """The desk did not let this account in; the text says why and what to do."""


async def programme_lines(egret: Egret) -> list[str]:
    """The scheme in force and its benefits. Anybody may ask."""
    found = await egret.programme(first=_PAGE)
    scheme = found.scheme
    lines = [f"{scheme.name.text} {scheme.version}: {scheme.lowest} to {scheme.highest}, from {scheme.base}"]
    for edge in found.benefits.edges if found.benefits else ():
        benefit = edge.node
        lines.append(f"  {benefit.label.text}, from {benefit.least}; else: {benefit.ordinary_route.text}")
    return lines


async def signed_in(base: str, account: str, password: str) -> Egret:
    """A client that is someone of the desk. Raises SignInRefusedError."""
    async with connected(base) as anybody:
        answer = (await anybody.sign_in(SignInInput(account=account, password=password))).sign_in
    if isinstance(answer, Refusal):
        raise SignInRefusedError(answer.message.text)
    return connected(base, answer.session.token)


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


async def report(base: str, account: str, password: str) -> list[str]:
    """The programme, and the open cases with what is left of their time."""
    async with await signed_in(base, account, password) as egret:
        lines = await programme_lines(egret)
        async for case in open_cases(egret):
            left = f"{case.working_days_left} working days left, due {case.due_on}"
            lines.append(f"{case.number} {case.state.value}: {case.subject.text}; {left}")
    return lines


if __name__ == "__main__":
    base, account = sys.argv[1:]
    print("\n".join(asyncio.run(report(base, account, getpass.getpass()))))  # noqa: T201
