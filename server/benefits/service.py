"""Benefits, passes, and the yes or no that a partner gets."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from schema.types.benefit import Benefit, MyBenefit, Pass, PassState
from schema.types.connection import Connection, Page, connect, global_id
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from schema.types.webhook import WebhookEventType
from scoring.identity.text import without_signs
from server.benefits.model import PassRow
from server.benefits.repository import PassRepository
from server.citizens.consents import may_compute, why_not_computed
from server.citizens.holds import refuse_held
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens, chain_of
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock, as_utc_text, day_of
from server.platform.webhooks.publishing import Publisher
from server.scores.mapping import benefit_view
from server.scores.service import ScoreService

PASS_LIFE = timedelta(minutes=10)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class BenefitService(FollowsScheme):
    """Implements `schema.api.services.Benefits`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        scores: ScoreService,
        publisher: Publisher,
    ) -> None:
        self._passes = PassRepository(store)
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._scores = scores
        self._publisher = publisher

    def catalogue(self) -> Sequence[Benefit]:
        today = day_of(self._clock())
        return [benefit_view(b, today) for b in self._scheme.benefits if b.least_on(today) is not None]

    def benefit(self, code: str) -> Benefit:
        known = self._scheme.benefits_by_code.get(code)
        if known is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return benefit_view(known, day_of(self._clock()))

    async def mine(self, actor: Principal) -> Sequence[MyBenefit]:
        statement, _ = await self._scores.statement(actor)
        return [
            MyBenefit(
                benefit=benefit_view(self._scheme.benefits_by_code[b.code], statement.as_of),
                eligible=b.eligible,
                short_by=b.short_by,
            )
            for b in sorted(statement.benefits, key=lambda b: (not b.eligible, b.short_by))
        ]

    async def issue_pass(self, caller: Caller, benefit: str) -> Pass:
        known = self._scheme.benefits_by_code.get(benefit)
        if known is None:
            raise Refused(RefusalCode.NOT_FOUND, field="benefit")
        statement, _ = await self._scores.statement(caller.principal)
        if not any(b.code == benefit and b.eligible for b in statement.benefits):
            raise Refused(RefusalCode.BENEFIT_NOT_OPEN, field="benefit", benefit=benefit, route=known.ordinary_route)
        return await self.one_pass(caller.principal, await self._issue(caller, benefit))

    @use_case("issue_pass")
    async def _issue(self, tx: Transaction, benefit: str) -> str:
        citizen = await self._citizens.get(tx.actor.id, tx)
        refuse_held(citizen, tx.now)
        if not may_compute(citizen, self._scheme, tx.today):  # since the score was read
            raise why_not_computed(citizen)
        await CitizenRepository(tx).hold([tx.actor.id])  # a pause that comes meanwhile waits, and ends this pass too
        passes = PassRepository(tx)
        await passes.end_unused(tx.actor.id, benefit, tx.now)
        code = "".join(secrets.choice(_LETTERS) for _ in range(8))
        row: PassRow = {
            "_id": uuid4().hex,
            "citizen": tx.actor.id,
            "benefit": benefit,
            "partner": self._scheme.benefits_by_code[benefit].partner,
            "sealed": await self._vault.seal(citizen["key"], {"code": f"{code[:4]}-{code[4:]}"}),
            "issued_at": tx.now,
            "expires_at": tx.now + PASS_LIFE,
            "used_at": None,
        }
        await passes.insert(row, self._vault.blind("pass", code))
        await tx.audit(chain_of(tx.actor.id), "pass.issued", {"benefit": benefit})
        return row["_id"]

    async def passes(self, actor: Principal, page: Page) -> Connection[Pass]:
        before = None if page.after is None else page.moment()
        rows = await self._passes.page(actor.id, page.first + 1, before)
        items = [await self._view(row) for row in rows[: page.first]]
        count = partial(self._passes.count, actor.id)
        return connect(items, lambda p: p.issued_at.isoformat(), page, has_next=len(rows) > page.first, count=count)

    async def one_pass(self, actor: Principal, pass_id: str) -> Pass:
        row = await self._passes.get(actor.id, pass_id)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return await self._view(row)

    async def redeem(self, caller: Caller, code: str) -> bool:
        return await self._redeem(caller, self._vault.blind("pass", without_signs(code).upper()))

    @use_case("redeem")
    async def _redeem(self, tx: Transaction, code_index: bytes) -> bool:
        used = await PassRepository(tx).use(code_index, tx.actor.id, tx.now)
        if used is not None:
            await self._record_use(tx, used)
        return used is not None

    async def _record_use(self, tx: Transaction, used: PassRow) -> None:
        benefit = self._scheme.benefits_by_code[used["benefit"]]
        why = {"why": benefit.label.zh, "benefit": used["benefit"]}
        await tx.audit(chain_of(used["citizen"]), AccessAction.PASS_USED.value, why, look=True)
        citizen = await self._citizens.get(used["citizen"], tx)
        data = {"benefit_zh": benefit.label.zh, "benefit_en": benefit.label.en}
        await self._citizens.notify(tx, citizen, "pass_used", data)
        told = {"benefit": used["benefit"], "usedAt": as_utc_text(tx.now)}
        await self._publisher.publish(tx, Kind.PARTNER, used["partner"], WebhookEventType.PASS_USED, told)

    async def _view(self, row: PassRow) -> Pass:
        now = self._clock()
        state = PassState.ACTIVE if row["expires_at"] > now else PassState.EXPIRED
        state = PassState.USED if row["used_at"] is not None else state
        code = None
        if state is PassState.ACTIVE:
            code = (await self._vault.open(row["sealed"]))["code"]
        return Pass(
            id=global_id("Pass", row["_id"]),
            key=row["_id"],
            code=code,
            benefit=benefit_view(self._scheme.benefits_by_code[row["benefit"]], day_of(now)),
            state=state,
            issued_at=row["issued_at"],
            expires_at=row["expires_at"],
            used_at=row["used_at"],
        )
