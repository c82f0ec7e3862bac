"""The proof that a card is one-way: small twin cards, every command, until nothing new is found (docs/proof.md)."""
