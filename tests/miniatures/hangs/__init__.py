"""One scenario never ends, and never lets another thread run."""
