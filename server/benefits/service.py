"""Benefits, passes, and the yes or no that a partner gets."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from schema.types.benefit import Benefit, MyBenefit, Pass, PassState
from schema.types.connection import Connection, Page, connect, global_id
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from scoring.scheme import Scheme
from server.benefits import pass_codes
from server.citizens.citizens import Citizens, chain_of
from server.platform.core.changes import Change, Changes, Outcome
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock, day_of
from server.scores.assessments import ScoreService
from server.scores.mapping import benefit_view

PASS_LIFE = timedelta(minutes=10)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class BenefitService:
    """Implements `schema.api.services.Benefits`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        clock: Clock,
        changes: Changes,
        citizens: Citizens,
        scores: ScoreService,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._clock = clock
        self._changes = changes
        self._citizens = citizens
        self._scores = scores

    def catalogue(self) -> Sequence[Benefit]:
        today = day_of(self._clock())
        return [benefit_view(b, today) for b in self._scheme.benefits if b.least_on(today) is not None]

    async def mine(self, by: Principal) -> Sequence[MyBenefit]:
        statement, _ = await self._scores.statement(by)
        return [
            MyBenefit(
                benefit=benefit_view(self._scheme.benefits_by_code[b.code], statement.as_of),
                eligible=b.eligible,
                short_by=b.short_by,
            )
            for b in sorted(statement.benefits, key=lambda b: (not b.eligible, b.short_by))
        ]

    async def issue_pass(self, by: Principal, benefit: str, key: str | None) -> Pass:
        known = self._scheme.benefits_by_code.get(benefit)
        if known is None:
            raise Refused(RefusalCode.NOT_FOUND, field="benefit")
        statement, _ = await self._scores.statement(by)
        if not any(b.code == benefit and b.eligible for b in statement.benefits):
            raise Refused(RefusalCode.BENEFIT_NOT_OPEN, route=known.ordinary_route)

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change)
            earlier = {"citizen": by.id, "benefit": benefit, "used_at": None, "expires_at": {"$gt": change.now}}
            await change["passes"].update_many(earlier, {"$set": {"expires_at": change.now}})
            code = "".join(secrets.choice(_LETTERS) for _ in range(8))
            document = {
                "_id": uuid4().hex,
                "citizen": by.id,
                "benefit": benefit,
                "partner": known.partner,
                "sealed": await self._vault.seal(citizen["key"], {"code": f"{code[:4]}-{code[4:]}"}),
                "issued_at": change.now,
                "expires_at": change.now + PASS_LIFE,
                "used_at": None,
            }
            code_index = self._vault.blind("pass", code)
            await pass_codes.keep(change, document, code_index)
            await change.audit(chain_of(by.id), "pass.issued", {"benefit": benefit})
            return {"pass": document["_id"]}

        outcome = await self._changes.run(by, "issue_pass", body, key=key, request=benefit)
        return await self.one_pass(by, outcome["pass"])

    async def passes(self, by: Principal, page: Page) -> Connection[Pass]:
        query: Document = {"citizen": by.id}
        if page.after is not None:
            query["issued_at"] = {"$lt": page.moment()}
        found = self._store["passes"].find(query).sort([("issued_at", -1)]).limit(page.first + 1)
        rows = await found.to_list(None)
        items = [await self._view(row) for row in rows[: page.first]]
        return connect(items, lambda p: p.issued_at.isoformat(), page, has_next=len(rows) > page.first)

    async def one_pass(self, by: Principal, key: str) -> Pass:
        document = await self._store["passes"].find_one({"_id": key, "citizen": by.id})
        if document is None:
            raise Refused(RefusalCode.NOT_FOUND)
        return await self._view(document)

    async def redeem(self, by: Principal, code: str, key: str | None) -> bool:
        typed = code.strip().upper().replace("-", "").replace(" ", "")
        code_index = self._vault.blind("pass", typed)

        async def body(change: Change) -> Outcome:
            shown = await pass_codes.pass_of(change, code_index)
            used = await change["passes"].find_one_and_update(
                {**shown, "partner": by.id, "used_at": None, "expires_at": {"$gt": change.now}},
                {"$set": {"used_at": change.now}},
            )
            if used is not None:
                await self._record_use(change, used)
            return {"valid": used is not None}

        outcome = await self._changes.run(by, "redeem", body, key=key, request=code_index.hex())
        return bool(outcome["valid"])

    async def _record_use(self, change: Change, used: Document) -> None:
        benefit = self._scheme.benefits_by_code[used["benefit"]]
        why = {"why": benefit.label.zh, "benefit": used["benefit"]}
        await change.audit(chain_of(used["citizen"]), "pass.used", why, look=True)
        citizen = await self._citizens.get(used["citizen"], change)
        data = {"benefit_zh": benefit.label.zh, "benefit_en": benefit.label.en}
        await self._citizens.notify(change, citizen, "pass_used", data)

    async def _view(self, document: Document) -> Pass:
        now = self._clock()
        state = PassState.ACTIVE if document["expires_at"] > now else PassState.EXPIRED
        state = PassState.USED if document["used_at"] is not None else state
        code = None
        if state is PassState.ACTIVE:
            code = (await self._vault.open(document["sealed"]))["code"]
        return Pass(
            id=global_id("Pass", document["_id"]),
            key=document["_id"],
            code=code,
            benefit=benefit_view(self._scheme.benefits_by_code[document["benefit"]], day_of(now)),
            state=state,
            issued_at=document["issued_at"],
            expires_at=document["expires_at"],
            used_at=document["used_at"],
        )
