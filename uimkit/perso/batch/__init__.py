"""A whole order of cards: from the order file to everything that factory and operator need."""
