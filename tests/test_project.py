"""`harness.project`: which patterns an installation is measured under."""

from __future__ import annotations

import json
from pathlib import Path

from harness import plan
from harness.config import Spec
from harness.model import PatternName
from harness.patterns import NEUTRAL, PATTERNS, USUAL, is_control
from harness.project import PLAN, Project
from tests.conftest import ROOT

CARRIER = ("3.13", "3.0", "2.2.0", "2.0", "plain")
OTHER = ("3.11", "3.1", "2.2.0", "2.0", "plain")
NEW = ("3.12", "3.1", "2.1.0", "2.0", "plain")


def project(spec: Spec, folder: Path) -> Project:
    (folder / "reports").mkdir()
    names = [plan.cell(spec, one).id for one in (CARRIER, OTHER)]
    (folder / "reports" / PLAN).write_text(json.dumps(names), encoding="utf-8")
    return Project(root=folder, spec=spec, pythons={})


def test_the_committed_plan_says_where_the_rare_forms_are_measured(
    spec: Spec, tmp_path: Path
) -> None:
    here = project(spec, tmp_path)
    assert here.patterns(plan.cell(spec, CARRIER)) == PATTERNS
    assert here.patterns(plan.cell(spec, OTHER)) == USUAL


def test_what_the_committed_plan_does_not_know_is_measured_whole(
    spec: Spec, tmp_path: Path
) -> None:
    here = project(spec, tmp_path)
    assert here.patterns(plan.cell(spec, NEW)) == PATTERNS


def test_the_usual_patterns_are_planned_where_none_is_named(spec: Spec) -> None:
    here = Project(root=ROOT, spec=spec, pythons={})
    planned = {name for _, name in here.pairs()}
    assert planned == {*USUAL, NEUTRAL}
    rare = PatternName("local-proxy")
    assert {name for _, name in here.pairs([rare])} == {rare, NEUTRAL}


def test_deployed_servers_are_not_asked_about_every_pattern(spec: Spec) -> None:
    here = Project(root=ROOT, spec=spec, pythons={})
    found = {name for one, name in here.pairs(PATTERNS) if one.startswith("deployed_servers::")}
    assert PatternName("db") in found
    assert PatternName("lazy-session") not in found
    assert not any(map(is_control, found))
