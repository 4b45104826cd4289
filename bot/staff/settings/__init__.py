"""`/settings`: what staff may change of the clinic's set-up, and who changed what."""
