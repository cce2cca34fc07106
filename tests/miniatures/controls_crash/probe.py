from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.miniatures import stand_in

stand_in.header()
stand_in.control("import flask", "environment")
os.kill(os.getpid(), signal.SIGKILL)
