from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.miniatures import stand_in

error = {"type": "ImportError", "message": "cannot import name 'url_quote'", "traceback": ""}
stand_in.header()
stand_in.control("import flask", "environment")
stand_in.control("import flask-admin", "flask-admin", error)
stand_in.write("probed")
