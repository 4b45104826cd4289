"""Dialogues that people had with other systems, replayed against our desk.

A `Recording` (what was said) becomes a `Scene` (a clinic, a moment and what the patient wanted); a
`Patient` who has only the recorded words and facts plays it against the real desk, and the database
tells whether they got it.
"""
