from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.miniatures import stand_in

stand_in.header()
time.sleep(600)
