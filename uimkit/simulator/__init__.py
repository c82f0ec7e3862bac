"""The card's APDU state machine: bytes in, bytes out; no sockets, no files, no clock."""
