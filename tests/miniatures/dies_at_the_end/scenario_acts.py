from __future__ import annotations

import atexit
import os

atexit.register(os._exit, 7)


def test_first() -> None:
    pass
