"""Authentication algorithms as pure functions; nothing here knows a card."""
