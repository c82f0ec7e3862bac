"""Card profiles: TOML files that say which files a card has, what is in them, and who may see them."""
