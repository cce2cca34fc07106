"""One scenario under one pattern takes its process down."""
