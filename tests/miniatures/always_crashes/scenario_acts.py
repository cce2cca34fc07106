from __future__ import annotations

import os


def test_first() -> None:
    os._exit(9)


def test_second() -> None:
    os._exit(9)


def test_third() -> None:
    os._exit(9)


def test_fourth() -> None:
    os._exit(9)


def test_fifth() -> None:
    os._exit(9)


def test_sixth() -> None:
    os._exit(9)


def test_seventh() -> None:
    os._exit(9)
