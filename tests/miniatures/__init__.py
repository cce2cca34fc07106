"""Tiny scenario folders that behave well and badly, for the tests of `harness.measure.execute`."""
