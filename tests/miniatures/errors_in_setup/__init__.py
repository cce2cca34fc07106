"""A fixture of one scenario raises."""
