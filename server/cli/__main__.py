"""`python -m server.cli`."""

from __future__ import annotations

import sys

from server.cli.main import main

sys.exit(main())
