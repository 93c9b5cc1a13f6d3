"""MongoDB: the only room that imports a driver.

`embedded` runs a real `mongod` on loopback, `store` opens the database on Motor or
PyMongo Async, `layout` makes the indexes, `migrating` changes them while they are used.
"""

from server.platform.db.advice import advice_on
from server.platform.db.collections import (
    Collection,
    Collections,
    Cursor,
    DatabaseTransaction,
    Document,
    OutsideCollection,
    Query,
    Sort,
)
from server.platform.db.layout import (
    FINAL,
    Layout,
    LayoutError,
    Layouts,
    layout_state,
    prepare,
)
from server.platform.db.listener import Commands
from server.platform.db.migrations import Index
from server.platform.db.owned import EXPIRES, Owned, Owner, erased_with
from server.platform.db.store import (
    DuplicateError,
    DuplicatesError,
    Sealed,
    SealingError,
    Store,
    StoreError,
    is_sealed,
    open_store,
)
from server.platform.db.versions import LAYOUT

__all__ = [
    "EXPIRES",
    "FINAL",
    "LAYOUT",
    "Collection",
    "Collections",
    "Commands",
    "Cursor",
    "DatabaseTransaction",
    "Document",
    "DuplicateError",
    "DuplicatesError",
    "Index",
    "Layout",
    "LayoutError",
    "Layouts",
    "OutsideCollection",
    "Owned",
    "Owner",
    "Query",
    "Sealed",
    "SealingError",
    "Sort",
    "Store",
    "StoreError",
    "advice_on",
    "erased_with",
    "is_sealed",
    "layout_state",
    "open_store",
    "prepare",
]
