"""A scenario starts a program and leaves it running."""
