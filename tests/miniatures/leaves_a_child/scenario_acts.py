from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable


def test_first(record_property: Callable[[str, object], None]) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    record_property("pid", child.pid)
    child.returncode = 0
