"""What happens, as it happens: one change stream a process, and everybody who listens.

A listener keeps which things changed and not how often, so that a slow one holds no other up and needs no more memory
than there are things. It reads each again, as its own principal, when its turn comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator

from schema.types.dispute import Dispute, QueueChange
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from schema.types.score import Score
from server.disputes.collections import DISPUTES
from server.disputes.service import DisputeService
from server.platform.db import Document, Store
from server.platform.kit.errors import BusyError
from server.platform.kit.tasks import stop
from server.platform.observability import metrics
from server.scores.repository import ASSESSMENTS
from server.scores.service import ScoreService

log = logging.getLogger("egret.updates")

_MOST_WAITING = 1000
_PAUSE_SECONDS = 1.0
_READY_SECONDS = 10.0
_TOLD = ("citizen", "current")
_PIPELINE: list[Document] = [
    {
        "$match": {
            "$or": [
                {"ns.coll": DISPUTES, "operationType": {"$in": ["insert", "update", "replace"]}},
                {"ns.coll": ASSESSMENTS, "operationType": "insert"},
            ]
        }
    },
    {"$project": {"ns.coll": 1, "documentKey": 1, **{f"fullDocument.{name}": 1 for name in _TOLD}}},
]
_NOT_TAKEN_UP = (260, 280, 286)
"""InvalidResumeToken, ChangeStreamFatalError and ChangeStreamHistoryLost; after any other it goes on where it was."""
_QUEUE = ("queue", "")
Topic = tuple[str, str]


class StreamLostError(BusyError):
    """Changes may have been missed: the listener has to ask, and to listen again."""


class Listener:
    """Things that changed and were not told yet, by key."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Document] = OrderedDict()
        self._woken = asyncio.Event()
        self._lost = False

    def tell(self, key: str, document: Document) -> None:
        """Something changed."""
        self._waiting[key] = document
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
            self._lost = True
        self._woken.set()

    def lose(self) -> None:
        """Something may have changed without an event."""
        self._lost = True
        self._woken.set()

    async def next(self) -> tuple[str, Document]:
        """What changed and was not told yet. Raises StreamLostError."""
        while not self._waiting:
            if self._lost:
                raise StreamLostError
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popitem(last=False)


class UpdateService:
    """Implements `schema.api.services.Updates`."""

    def __init__(self, store: Store, disputes: DisputeService, scores: ScoreService) -> None:
        self._store = store
        self._disputes = disputes
        self._scores = scores
        self._listening: dict[Topic, set[Listener]] = {}
        self._ready = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def disputes(self, actor: Principal) -> AsyncIterator[Dispute]:
        async with self._listener((DISPUTES, actor.id)) as listener:
            while True:
                key, _ = await _heard(listener)
                yield await self._disputes.one(actor, key)

    async def scores(self, actor: Principal) -> AsyncIterator[Score]:
        async with self._listener((ASSESSMENTS, actor.id)) as listener:
            while True:
                await _heard(listener)
                yield await self._scores.current(actor)

    async def queue(self, actor: Principal) -> AsyncIterator[QueueChange]:
        async with self._listener(_QUEUE) as listener:
            while True:
                key, _ = await _heard(listener)
                yield QueueChange(key=key)

    def start(self) -> None:
        """Begin to watch; a process does so when it starts, so that nothing is missed by the first who listens."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            await stop(self._watching)

    @contextlib.asynccontextmanager
    async def _listener(self, topic: Topic) -> AsyncIterator[Listener]:
        listener = Listener()
        self._listening.setdefault(topic, set()).add(listener)
        self.start()
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._ready.wait()
            yield listener
        finally:
            self._listening[topic].discard(listener)
            if not self._listening[topic]:
                del self._listening[topic]

    async def _watch(self) -> None:
        token = None
        while True:
            try:
                async with self._store.watch(_PIPELINE, token) as stream:
                    token = stream.resume_token
                    self._ready.set()
                    metrics.STREAM_UP.set(1)
                    async for change in stream:
                        token = stream.resume_token
                        self._tell(change)
            except Exception as error:
                metrics.STREAM_UP.set(0)
                metrics.STREAM_BREAKS.inc()
                log.warning("the change stream broke off: %s", type(error).__name__)
                self._ready.clear()
                if token is None or getattr(error, "code", None) in _NOT_TAKEN_UP:
                    token = None
                    self._lose()
            await asyncio.sleep(_PAUSE_SECONDS)

    def _tell(self, change: Document) -> None:
        document = change.get("fullDocument")
        kind = change["ns"]["coll"]
        if not document:  # gone since
            return
        key = change["documentKey"]["_id"]
        topics = [(kind, document["citizen"])]
        if kind == DISPUTES:
            topics.append(_QUEUE)
        for topic in topics:
            for listener in self._listening.get(topic, ()):
                listener.tell("score" if kind == ASSESSMENTS else key, document)

    def _lose(self) -> None:
        for listeners in self._listening.values():
            for listener in listeners:
                listener.lose()


async def _heard(listener: Listener) -> tuple[str, Document]:
    try:
        return await listener.next()
    except StreamLostError:
        raise Refused(RefusalCode.CONFLICT) from None
