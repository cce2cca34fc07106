"""What each nox session does, told to a person."""
