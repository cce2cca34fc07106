"""One scenario module cannot be imported."""
