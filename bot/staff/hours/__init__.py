"""Working hours in a chat of staff: shown, added on a day, changed from a day on, taken back."""
