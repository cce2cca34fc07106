"""One scenario fails under one pattern."""
