from __future__ import annotations

from pathlib import Path

import pytest

GARBAGE = b'\xff\xfe{"event": "observation"}\n[[[[\n{"event": "start", "scenario": 1}\nnull\n'


def test_first(pattern: str, request: pytest.FixtureRequest) -> None:
    if pattern == "db":
        for record in Path(request.config.option.record_dir).glob("record-*.jsonl"):
            with record.open("ab") as lines:
                lines.write(GARBAGE)


def test_second() -> None:
    pass
