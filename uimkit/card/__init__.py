"""One card: its immutable definition and its non-volatile state."""
