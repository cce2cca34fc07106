"""What the package index says, and the levels of the matrix that follow from it."""
