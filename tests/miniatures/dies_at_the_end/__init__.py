"""All scenarios pass, and then the process dies."""
