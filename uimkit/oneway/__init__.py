"""Sides of a card session and what each side meets under a file identifier. The only room that decides by side."""
