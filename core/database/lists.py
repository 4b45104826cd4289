"""Many values in one parameter, as JSON: a statement for a hundred rows is the same as for one, and
compiled once. The databases take JSON apart alike but separately.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Select, Text, bindparam, cast, func, select


def ids_in(dialect: str, name: str = "ids") -> Select[tuple[int]]:
    """Return the ids in the parameter of that name, a JSON list."""
    values = bindparam(name, type_=Text)
    if dialect == "postgresql":
        each = func.json_array_elements_text(cast(values, JSON))
    else:
        each = func.json_each(values)
    return select(cast(each.table_valued("value").c.value, BigInteger))


def pairs_in(dialect: str, name: str = "pairs") -> Any:
    """Return what to select from: `key` and `value`, both text, of the parameter of that name, a
    JSON object."""
    values = bindparam(name, type_=Text)
    is_postgresql = dialect == "postgresql"
    each = func.json_each_text(cast(values, JSON)) if is_postgresql else func.json_each(values)
    return each.table_valued("key", "value", name=name)
