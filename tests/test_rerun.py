"""Scripts are run one after the other in one environment, and what they did is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.measure.rerun import CannotRun, Rerun, environment

HEAD = "# /// script\n# dependencies = [{}]\n# ///"


@pytest.fixture(scope="module")
def ready() -> Iterator[Rerun]:
    with environment(HEAD.format(""), Path(sys.executable), ["json", "no_such_module"], 60) as made:
        yield made


def test_a_script_ends_as_it_would_by_itself(ready: Rerun) -> None:
    assert ready.run("print('said')", 10).output == "said\n"
    ended = ready.run("import sys\nsys.exit('shown: so')", 10)
    assert (ended.status, ended.output) == (1, "shown: so\n")
    raised = ready.run("raise LookupError('wrong')", 10)
    assert raised.status == 1
    assert raised.output.endswith("LookupError: wrong\n")
    assert ready.run("import sys\nsys.exit(7)", 10).status == 7


def test_one_script_leaves_nothing_to_the_next(ready: Rerun) -> None:
    assert ready.run("import json\njson.left = 1", 10).status == 0
    assert ready.run("import json\nassert not hasattr(json, 'left')", 10).status == 0


def test_the_lines_are_told_that_a_script_came_to(ready: Rerun) -> None:
    ran = ready.run("def never():\n    return 1\n\nif never:\n    done = True\n", 10, trace=True)
    assert ran.lines - {0} == {1, 4, 5}


def test_a_script_that_hangs_is_ended(ready: Rerun) -> None:
    assert ready.run("while True:\n    pass", 1).status < 0
    assert ready.run("print()", 10).status == 0


def test_packages_that_cannot_be_had_are_told() -> None:
    nowhere = HEAD.format('"nothing @ file:///nowhere/nothing-1-py3-none-any.whl"')
    here = environment(nowhere, Path(sys.executable), [], 60)
    with pytest.raises(CannotRun, match="cannot be installed here"), here:
        pass
