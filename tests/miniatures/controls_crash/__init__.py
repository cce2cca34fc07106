"""The controls take their process down."""
