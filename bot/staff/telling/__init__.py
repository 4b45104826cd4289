"""What staff are told unasked: visits that are new, have moved or were cancelled, and the digest of
the morning; what each of them wishes to hear of it; and the worker's ticks that say it."""
