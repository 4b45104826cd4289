"""The schema's changes, one file each, run by `core.database.migrate`."""
