"""Sequences that phones send: read them, play them on a card, say what came of it."""
