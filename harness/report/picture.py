"""A picture's lines and boxes, from the numbers that were measured; pure.

Time goes from left to right. Above the application's life and the object that the view holds; below
requests one after another, then requests at once, each with the Session that did its work.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.model import PatternName
from harness.report.profile import Picture

WIDTH = 680
_LEFT = 128
_RIGHT = 16
_ROW = 26
_GAP = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A bar from `x` on, with its text and its kind, which the style sheet colours."""

    x: float
    y: float
    width: float
    kind: str
    text: str
    height: float = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A text at the left of a row."""

    y: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """All that is drawn, and the same in a sentence."""

    height: float
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    text: str
    pattern: PatternName


def drawing(seen: Picture) -> Drawing:
    """Give the drawing of what was measured."""
    boxes: list[Box] = []
    labels: list[Label] = []
    y = 4.0

    def row(label: str) -> None:
        labels.append(Label(y=y + 16, text=label))

    whole = WIDTH - _LEFT - _RIGHT
    row("application")
    boxes.append(Box(x=_LEFT, y=y, width=whole, kind="life", text="from start to end"))
    y += _ROW
    row("the view holds")
    held = f"{seen.holds}: {_count(seen.objects, 'object')} for the whole life"
    boxes.append(Box(x=_LEFT, y=y, width=whole, kind="held", text=held))
    y += _ROW + _GAP
    row("requests")
    step = whole / seen.requests
    for number in range(seen.requests):
        x = _LEFT + number * step
        boxes.append(Box(x=x, y=y, width=step - 8, kind="request", text=f"request {number + 1}"))
    y += _ROW
    row("Sessions behind")
    boxes.extend(_sessions(seen.sessions, seen.requests, y, seen.left))
    y += _ROW + _GAP
    row("requests at once")
    shown = min(seen.threads, _MOST_THREADS)
    for number in range(shown):
        boxes.append(
            Box(x=_LEFT, y=y, width=whole / 2 - 8, kind="request", text=f"thread {number + 1}")
        )
        if seen.thread_sessions == seen.threads:
            x = _LEFT + whole / 2
            boxes.append(
                Box(
                    x=x, y=y, width=whole / 2 - 8, kind="session", text=f"Session {_letter(number)}"
                )
            )
        y += _ROW
    if seen.thread_sessions != seen.threads:
        shared = f"{_count(seen.thread_sessions, 'Session')} for {seen.threads} threads"
        top = y - _ROW * shown
        boxes.append(
            Box(
                x=_LEFT + whole / 2,
                y=top,
                width=whole / 2 - 8,
                kind="shared",
                text=shared,
                height=_ROW * shown - 6,
            )
        )
    return Drawing(
        height=y + 4,
        boxes=tuple(boxes),
        labels=tuple(labels),
        text=sentence(seen),
        pattern=seen.pattern,
    )


_MOST_THREADS = 12


def _sessions(sessions: int, requests: int, y: float, left: int) -> list[Box]:
    """Give a bar for each Session where each request has one; else one bar that says how many."""
    whole = WIDTH - _LEFT - _RIGHT
    step = whole / requests
    if sessions != requests:
        text = f"{_count(sessions, 'Session')} for {requests} requests"
        return [Box(x=_LEFT, y=y, width=whole - 8, kind="shared", text=text)]
    kind, more = (
        ("shared", f", {_count(left, 'transaction')} left open") if left else ("session", "")
    )
    return [
        Box(
            x=_LEFT + at * step, y=y, width=step - 8, kind=kind, text=f"Session {_letter(at)}{more}"
        )
        for at in range(requests)
    ]


def sentence(seen: Picture) -> str:
    """Give in words what the picture shows."""
    return (
        f"The view holds {_count(seen.objects, 'object')} ({seen.holds}) for the whole life of the "
        f"application. Behind it {_count(seen.requests, 'request')} one after another got "
        f"{_count(seen.sessions, 'Session')}, and {_count(seen.threads, 'request')} at once got "
        f"{_count(seen.thread_sessions, 'Session')}. After a request "
        f"{_count(seen.left, 'transaction')} stayed open. Seen with {seen.pattern} in {seen.cell}."
    )


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)  # noqa: PLR2004 - the alphabet


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
