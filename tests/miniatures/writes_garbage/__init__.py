"""A scenario writes into the record what is no record."""
