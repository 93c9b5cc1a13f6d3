"""`python -m server.web.simulator --port N`: WeChat for a rehearsal, at `/simulator`."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from server.platform.kit.errors import OperatorError
from server.settings import Settings
from server.web.simulator.standalone import build_standalone


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m server.web.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="port to listen on, on this machine alone (8001)")
    given = parser.parse_args()
    try:
        app = build_standalone(Settings())
    except OperatorError as error:
        sys.exit(f"simulator: {error}")
    # an open tab listens without end: it is cut off
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
