"""How alembic runs the files in `versions`: on the connection that `migrate.upgrade` hands over,
inside its transaction. Never run by alembic's own command line."""

from alembic import context
from sqlalchemy import MetaData

# Frozen: it names what the migrations create, whatever core/models says later.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=MetaData(naming_convention=NAMES),
)
with context.begin_transaction():
    context.run_migrations()
