"""Personalisation: rows of card data to card images and to scripts that make the same cards, played and checked."""
