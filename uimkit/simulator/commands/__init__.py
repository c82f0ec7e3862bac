"""The commands of the card, one module a group: each a declaration with its handler beside it."""
