"""A checkout, a wheel or a commit in the place of a release, against the last table."""
