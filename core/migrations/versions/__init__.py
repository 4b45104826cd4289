"""One file per change, in order: `v0002_add_reminder_due_at.py` with revision "0002", down_revision
"0001" and `upgrade()`. Copy the newest and write the operations out; import nothing that later
code may change. There is no way down: a mistake is put right by the next file.

On SQLite a table that is rebuilt (alembic's batch mode) loses its triggers, and dropping the old
table deletes, by cascade, what refers to it: add columns instead, or create the guards again and
keep the rows that refer. tests/test_migrations.py compares the result with the models.
"""
