"""Looking at cards: what is in them, how two differ, what a card of any maker is."""
