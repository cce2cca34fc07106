"""A user's browser, as far as a page needs one: what the scenarios send their requests with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.test import Client

if TYPE_CHECKING:
    from flask import Flask


def client_of(app: Flask) -> Client:
    """Return a new user's client of an application.

    Werkzeug's, and not Flask's own: that of Flask 2.2 reads `werkzeug.__version__`, which Werkzeug
    3.1 took away, and so fails where the application serves its users (pallets/flask#5652).
    """
    return Client(app, app.response_class)
