"""A message to many patients: written, shown, agreed to, watched and stopped in a chat of staff."""
