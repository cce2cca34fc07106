"""Flask-Admin cannot be imported; the scenarios must not be run."""
