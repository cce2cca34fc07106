from __future__ import annotations

import re

import pytest

from harness import config
from harness.config import Spec
from harness.errors import BadInput


def test_the_shipped_matrix_has_the_axes_that_the_plan_is_about(spec: Spec) -> None:
    assert tuple(spec.axes) == config.AXES
    assert spec.python_levels == ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


def test_two_components_mean_the_newest_patch_and_three_that_release(spec: Spec) -> None:
    assert spec.level("flask", "3.1").requirements == ("flask==3.1.*",)
    assert spec.level("flask-admin", "2.2.1").requirements == ("flask-admin==2.2.1",)
    assert spec.level("python", "3.12").requirements == ()


def test_what_is_installed_beside_a_library_is_told(spec: Spec) -> None:
    both = spec.level("library", "lite0.2.1+fsa3.1.1")
    assert both.display == "flask-sqlalchemy-lite==0.2.1 (beside flask-sqlalchemy==3.1.1)"
    assert spec.level("library", "plain").display == "sqlalchemy"


@pytest.mark.parametrize("kind", ["constraints", "companions", "isolated"])
def test_every_rule_is_about_a_combination_of_the_matrix(spec: Spec, kind: str) -> None:
    for rule in getattr(spec, kind):
        assert all(any(map(rule.meets, spec.axes[axis])) for axis in rule.when), rule


def test_every_rule_has_a_reason_and_a_source(spec: Spec) -> None:
    rules = (*spec.constraints, *spec.companions, *spec.isolated)
    assert all(rule.reason and rule.source for rule in rules)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = 2", "schema: expected 1, found 2"),
        ("schema = 1", "schema = ", "harness/matrix.toml is no TOML: .*line"),
        ("[axes.flask]", "[axes.flsk]", r"axes\.flsk: unknown key \(did you mean flask\?\)"),
        ('"1.4", "2.0"', '"1.4", 2.0', r"axes\.sqlalchemy\.levels\[1\]: expected a text"),
        ('"1.4", "2.0"', '"1.4", "new"', r"axes\.sqlalchemy\.levels\[1\]: expected a version"),
        ('"1.4", "2.0"', '"2.1", "2.0"', r"axes\.sqlalchemy\.levels\[2\]: 2\.1 is there twice"),
        (
            'prefix = "py"',
            'prfix = "py"',
            r"axes\.python\.prfix: unknown key \(did you mean prefix",
        ),
        ("lite==0.1.0", "lite>=0.1.0", r"levels\[3\]\.packages\[0\]: expected one exact version"),
        ('id = "plain"', 'id = "fsa2.5.1"', r"axes\.library\.levels\[\d+\]\.id: .* twice"),
        ('flask-admin = ">=2" }', 'flask-admin = "new" }', r"constraints\[0\]\.when\.flask-admin"),
        ('flask-admin = ">=2" }', 'flask-admn = ">=2" }', r"constraints\[0\]\.when\.flask-admn"),
        (
            'when = { flask-admin = "<2" }',
            'when = { flask-admin = "<1" }',
            r"companions\[0\]\.when: it is about no level",
        ),
        (
            '"wtforms<3.2"',
            '"wtforms<<3"',
            r"companions\[0\]\.requirement: expected a requirement",
        ),
        ('"plain", "fsa2.5.1"', '"plan", "fsa2.5.1"', r"isolated\[\d+\].*did you mean plain"),
        ('{ python = "3.9", flask', '{ python = "3.8", flask', r"smoke\[0\]\.cell\.python"),
    ],
)
def test_a_mistake_is_told_with_its_place(shipped: str, old: str, new: str, message: str) -> None:
    assert old in shipped
    with pytest.raises(BadInput) as caught:
        config.load(shipped.replace(old, new, 1))
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_order_of_the_lines_means_nothing(shipped: str, spec: Spec) -> None:
    turned = shipped.replace('["1.4", "2.0", "2.1"]', '["2.1", "1.4", "2.0"]')
    assert turned != shipped
    assert config.load(turned) == spec


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1\n", "", r"harness/matrix\.toml: the key schema is missing"),
        ("schema = 1", 'schema = "1"', "schema: expected 1, found '1'"),
        ("schema = 1", "schema = true", "schema: expected 1, found True"),
        ("schema = 1", "schema = 1\nsmok = 1", r"smok: unknown key \(did you mean smoke\?\)"),
        ("schema = 1", "schema = 1\nsmoke = 3", "harness/matrix.toml is no TOML"),
        ('prefix = "sa"\n', "", r"axes\.sqlalchemy: the key prefix is missing"),
        ('prefix = "sa"', 'prefix = ""', r"axes\.sqlalchemy\.prefix: expected a text"),
        ('["1.4", "2.0", "2.1"]', '"2.0"', r"axes\.sqlalchemy\.levels: expected a list"),
        ('"2.1"]', '"2.1.*"]', r"axes\.sqlalchemy\.levels\[2\]: expected a version"),
        ('adapter = "plain_sqlalchemy", ', "", r"levels\[\d+\]: the key adapter is missing"),
        ("==2.5.1", "==2.5.*", r"levels\[0\]\.packages\[0\]: expected one exact version"),
        ("==2.5.1", "==2.5.1,!=3", r"levels\[0\]\.packages\[0\]: expected one exact version"),
        ('["flask-sqlalchemy==2.5.1"]', "[3]", r"levels\[0\]\.packages\[0\]: expected a text"),
        (", packages = []", ', packages = "x"', r"levels\[\d+\]\.packages: expected a list"),
        (
            'source = "Requires-Python of flask-admin 2.0.2"',
            "",
            r"constraints\[0\]: the key source",
        ),
        ('reason = "Flask-Admin 2 needs', 'why = "', r"constraints\[0\]\.why: unknown key"),
        ('when = { python = "<3.10", flask-admin = ">=2" }', "when = {}", r"\[0\]\.when: expected"),
        ('requirement = "wtforms<3.2"\n', "", r"companions\[0\]: the key requirement is missing"),
        (
            'flask = "2.2", flask-admin',
            "flask-admin",
            r"smoke\[0\]\.cell: the key flask is missing",
        ),
        ("[[smoke]]\ncell", "[[smoke]]\ncel", r"smoke\[0\]\.cel: unknown key \(did you mean cell"),
    ],
)
def test_more_mistakes_are_told_with_their_place(
    shipped: str, old: str, new: str, message: str
) -> None:
    test_a_mistake_is_told_with_its_place(shipped, old, new, message)


@pytest.mark.parametrize(
    "text",
    ["", "schema", "[axes", "schema = 1\nschema = 1", "\x00", "a = '", "axes = []\n[axes.x]"],
)
def test_what_is_no_matrix_at_all_is_one_line(text: str) -> None:
    with pytest.raises(BadInput, match=r"harness/matrix\.toml") as caught:
        config.load(text)
    assert "\n" not in str(caught.value)


def test_the_order_of_the_sections_and_lists_means_nothing(shipped: str, spec: Spec) -> None:
    head, *sections = re.split(r"(?m)^(?=\[)", re.sub(r"(?m)^#.*\n", "", shipped))
    turned = "\n".join([head, *reversed(sections)])
    assert turned != shipped
    assert config.load(turned) == spec
