"""What the clinic's own people do in a private chat: over the same desk, log and calendar as the
patients', but nothing of it is ever seen by those."""
