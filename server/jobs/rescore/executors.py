"""Where ranges are worked on: processes of this machine, or a Dask cluster. Both are `concurrent.futures`."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any


@contextlib.contextmanager
def executor(workers: int, dask: str | None) -> Iterator[Executor]:
    """An executor of `workers` processes, or of the Dask cluster at an address.

    Raises:
        OSError: nothing answers at the address.
        ValueError: Dask is not installed.
    """
    if dask is None:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, _begin) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("--dask needs Dask on every machine: pip install 'egret[dask]'") from None
    connect: Callable[..., Any] = Client
    with connect(dask, timeout=10) as client, client.get_executor(pure=False) as cluster:
        yield cluster


def _begin() -> None:
    """In a worker: leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
