"""Booking, moving and calling off for others: said at once or step by step, shown before it is
done, and taken back for a while after."""
