"""Any set of pins, an application's own among them: read, measured, and the nearest that works."""
