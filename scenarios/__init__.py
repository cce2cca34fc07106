"""What runs inside every cell: scenarios, the adapters that teach them a library, the recorder."""
