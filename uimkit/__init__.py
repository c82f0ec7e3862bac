"""uimkit: a smart-card toolkit for the one-way universal read UIM card."""

__version__ = "0.1.0"
