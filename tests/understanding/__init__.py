"""How much is understood, counted on sets of messages; `make score` prints it."""
