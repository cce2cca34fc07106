"""The controls never end."""
