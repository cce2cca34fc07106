"""Every scenario takes its process down: more of them than there are restarts."""
