"""`harness.policy`: which releases become levels, and mistakes told with their place."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from packaging.version import Version

from harness import policy
from harness.errors import BadInput
from harness.policy import Kind, Policy


@dataclass(frozen=True)
class Release:
    version: Version
    uploaded: datetime | None = None
    yanked: bool = False


def releases(*texts: str) -> list[Release]:
    """Give releases of `1.0`, `1.0@2025-01-31` and, yanked, `1.0!`."""
    found = []
    for text in texts:
        version, _, day = text.removesuffix("!").partition("@")
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
        found.append(Release(Version(version), moment, text.endswith("!")))
    return found


def chosen(rule: Policy, *texts: str) -> list[str] | None:
    found = policy.chosen(rule, releases(*texts))
    return None if found is None else [str(one.version) for one in found]


SHIPPED = ("1.0", "1.1.0", "1.1.1", "2.0.0rc1", "2.0.0", "2.0.1!", "2.1.0a1", "2.1.0b1")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Policy(), ["2.0.0"]),
        (Policy(kind=Kind.MINORS), ["1.0", "1.1.1", "2.0.0"]),
        (Policy(kind=Kind.ALL), ["1.0", "1.1.0", "1.1.1", "2.0.0"]),
        (Policy(kind=Kind.ALL, last=2), ["1.1.1", "2.0.0"]),
        (Policy(kind=Kind.MINORS, last=1), ["2.0.0"]),
        (Policy(kind=Kind.ALL, since=Version("1.1.1")), ["1.1.1", "2.0.0"]),
        (Policy(pre_releases=True), ["2.0.0", "2.1.0b1"]),
        (Policy(kind=Kind.ALL, last=1, pre_releases=True), ["2.0.0", "2.1.0b1"]),
    ],
)
def test_a_policy_takes_what_it_says_and_nothing_yanked(rule: Policy, expected: list[str]) -> None:
    assert chosen(rule, *SHIPPED) == expected


def test_a_pre_release_counts_only_as_long_as_nothing_newer_is_out() -> None:
    asked = Policy(pre_releases=True)
    assert chosen(asked, "1.0", "2.0rc1", "2.0rc2") == ["1.0", "2.0rc2"]
    assert chosen(asked, "1.0", "2.0rc1", "2.0rc2", "2.0") == ["2.0"]
    assert chosen(asked, "1.0a1") == ["1.0a1"]
    assert chosen(Policy(), "1.0a1") == []


def test_since_a_day_needs_the_days() -> None:
    asked = Policy(kind=Kind.ALL, since=date(2025, 1, 31))
    assert chosen(asked, "1.0@2025-01-30", "1.1@2025-01-31", "1.2@2025-02-01") == ["1.1", "1.2"]
    assert chosen(asked, "1.0@2025-01-30", "1.1") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Policy()),
        ('policy = "every release"\nlast = 3', Policy(kind=Kind.ALL, last=3)),
        ('since = "2.0"', Policy(since=Version("2.0"))),
        ('since = "2025-01-31"', Policy(since=date(2025, 1, 31))),
        ("since = 2025-01-31", Policy(since=date(2025, 1, 31))),
        ('keep = ["2.2.0"]', Policy(keep=(Version("2.2.0"),))),
        ("pre-releases = true", Policy(pre_releases=True)),
    ],
)
def test_a_policy_is_read(text: str, expected: Policy) -> None:
    assert policy.read("discover.flask", tomllib.loads(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('policy = "latest"', r"discover\.flask\.policy: expected one of .*newest patch of each"),
        ("last = -1", r"discover\.flask\.last"),
        ("last = true", r"discover\.flask\.last"),
        ("since = 2.0", r"discover\.flask\.since"),
        ('since = "2025-13-31"', r"discover\.flask\.since"),
        ('keep = "2.x"', r"discover\.flask\.keep"),
        ("keep = [2]", r"discover\.flask\.keep"),
        ('pre-releases = "yes"', r"discover\.flask\.pre-releases"),
    ],
)
def test_a_mistake_in_a_policy_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        policy.read("discover.flask", tomllib.loads(text))


def test_a_policy_tells_itself() -> None:
    told = str(Policy(kind=Kind.ALL, last=2, since=Version("2.0"), keep=(Version("1.9"),)))
    assert told == "every release, the last 2, since 2.0, and 1.9"
