"""Questions that take many sets of pins: ranges, floors, what is declared, who is to blame."""
