"""One cell after another: lock, install, run the scenarios, keep what they wrote."""
