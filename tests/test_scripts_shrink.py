"""A script is made shorter by leaving out, and only where it still shows the same."""

from __future__ import annotations

import ast
import contextlib
import io

import pytest

from harness.scripts.plainer import folded
from harness.scripts.shrink import OutOfTime, reached, shrunk

SCRIPT = """
import json
import math

def unused():
    return math.pi

class Base:
    def area(self):
        return self.side * self.side

class Shape(Base):
    def __init__(self, side, colour='red'):
        self.side = side
        self.colour = colour

    def area(self):
        return Base.area(self)

def handle():
    value = 1
    return value

def helper(shape, *, times=1):
    total = shape.area() * times
    if total > 100:
        print('large')
    return total

def run(folder):
    shape = Shape(3, colour='blue')
    total = helper(shape, times=1)
    print('noise')
    assert total != 9, 'nine'
    print('never')
"""


def ran(text: str) -> str:
    """Return what a script raises, or ""."""
    names: dict[str, object] = {}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, "script", "exec"), names)  # noqa: S102 - of this test
            names["run"](None)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever it is
        return f"{type(error).__name__}: {error}"
    return ""


def shows(text: str) -> bool:
    """Whether it fails as it did, and would not with another number."""
    return ran(text) == "AssertionError: nine" and not ran(text.replace("3", "4"))


def test_what_is_left_shows_the_same_and_nothing_can_be_left_out() -> None:
    text = shrunk(SCRIPT, shows, called="run")
    assert shows(text)
    assert text.count("\n") < 8
    assert not any(word in text for word in ("json", "unused", "noise", "never", "colour"))


def test_what_is_kept_stays_as_it_is() -> None:
    text = shrunk(SCRIPT, shows, called="run", kept=["handle"])
    assert "def handle():\n    value = 1\n    return value" in text


def test_only_what_was_not_reached_goes_where_nothing_says_what_is_mended() -> None:
    lines = {SCRIPT.splitlines().index(line) + 1 for line in ("    print('never')",)}
    text = reached(SCRIPT, shows, called="run", unreached=lines)
    assert "never" not in text
    assert "noise" in text


def test_the_shortest_so_far_is_given_when_time_is_up() -> None:
    runs = iter(range(20))

    def hurried(text: str) -> bool:
        if next(runs, None) is None:
            raise OutOfTime
        return shows(text)

    text = shrunk(SCRIPT, hurried, called="run")
    assert shows(text)
    assert len(text) < len(SCRIPT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = None or b", "a = b"),
        ("a = 1 if None is None else 2", "a = 1"),
        ("if None is not None:\n    a = 1\nelse:\n    a = 2", "a = 2"),
        ("a = b or None", "a = b or None"),
    ],
)
def test_what_constants_decide_is_decided(before: str, after: str) -> None:
    assert ast.unparse(folded(ast.parse(before))) == after


def test_what_is_done_once_is_not_done_twice() -> None:
    script = """
def twice(value):
    kept = [value, value]
    return kept

def run(folder):
    calls = []
    both = twice(calls.append(1))
    assert len(calls) != 1, f'once {both}'
"""
    text = shrunk(
        script, lambda text: ran(text) == "AssertionError: once [None, None]", called="run"
    )
    assert ran(text) == "AssertionError: once [None, None]"
