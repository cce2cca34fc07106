"""Every scenario passes."""
