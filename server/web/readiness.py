"""Whether this process can do its work: what probes and load balancers ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from scoring.calendar import known_until, missing_year
from server.citizens.residents.repository import RegisterDeliveryRepository
from server.platform.core.outbox_figures import outbox_age
from server.platform.db import FINAL, LAYOUT, Layout, Store, StoreError, layout_state
from server.platform.kit.clock import Clock
from server.platform.kit.tasks import within

CHECKS = ("database", "migrations", "outbox")
_PATIENCE_SECONDS = 2.0


async def unready(store: Store, clock: Clock, outbox_limit: int, exclude: Collection[str] = ()) -> str | None:
    """What is wrong, in a sentence; None where everything is well."""
    try:
        async with within(_PATIENCE_SECONDS):
            await store.ping()
            layout = FINAL if "migrations" in exclude else await layout_state(store)
            age = timedelta() if "outbox" in exclude else await outbox_age(store, clock)
    except (TimeoutError, StoreError):
        return "the database does not answer"
    unfit = _unfit(layout)
    if unfit is not None:
        return unfit
    if age > timedelta(seconds=outbox_limit):
        return f"the outbox is {int(age.total_seconds())} s behind: see that a worker runs"
    return None


async def register_line(store: Store, clock: Clock, *, asked: bool) -> str:
    """How the register of residents stands, in a sentence; `asked` says that the city's own service is asked."""
    if asked:
        return "register: asked at EGRET_REGISTER_URL"
    try:
        async with within(_PATIENCE_SECONDS):
            newest = await RegisterDeliveryRepository(store).newest()
    except (TimeoutError, StoreError):
        return "register: unknown"
    if newest is None or not newest["people"]:
        return "register: empty, no one can link: run `egret register import FILE`"
    hours = int((clock() - newest["finished_at"]).total_seconds() // 3600)
    return f"register: {newest['people']} people, delivered {hours} hours ago"


def calendar_line(on: date) -> str:
    """Whether working days are known, in a sentence. A year that is missing keeps nobody from anything."""
    missing = missing_year(on)
    if missing is None:
        return f"calendar: working days are known until {known_until()}"
    return f"calendar: warning: the working days of {missing} are not known: install a newer chinesecalendar"


def _unfit(layout: Layout | None) -> str | None:
    """Why this code and the layout do not go together, in a sentence."""
    version = 0 if layout is None else layout.version
    if version < LAYOUT:
        needs = f"the database is laid out for version {version} and this code needs {LAYOUT}"
        return f"{needs}: run `egret migrate --expand`"
    if layout is not None and layout.floor > LAYOUT:
        return f"the database was contracted to layout {layout.floor} and this code knows {LAYOUT}: start a newer one"
    return None
