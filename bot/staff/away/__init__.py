"""Somebody is away, or a place is closed: said, shown, done and taken back in a chat of staff."""
