"""Reassessing everybody: `egret rescore`, which is also the nightly expiry.

`run` splits the city into ranges and hands them to an executor; `worker` does one range in
whatever process it is called; `columns` reads it, `renewal` writes what changed.
"""
