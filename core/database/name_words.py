"""The words of patients' names, for finding by any of them: kept by the database itself whenever a
name is written, so that nobody who writes one can forget it.

`core.people.names.words` splits what is looked for in the same way.
"""

# A hyphen and the like part a name; O'Brien is one word, whichever apostrophe was at hand.
PARTING = "-.,"
LEFT_OUT = "'\N{RIGHT SINGLE QUOTATION MARK}"

TRIGGERS = {
    "postgresql": ("name_words",),
    "sqlite": ("name_words_insert", "name_words_update"),
}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_SIGNS = f"{_quoted(PARTING + LEFT_OUT)}, {_quoted(' ' * len(PARTING))}"
_PARTS = f"regexp_split_to_table(translate(NEW.search_name, {_SIGNS}), ' +') AS word"
_SPLIT = f"""BEGIN
    DELETE FROM name_words WHERE patient_id = NEW.id;
    INSERT INTO name_words (patient_id, word)
    SELECT DISTINCT NEW.id, word FROM {_PARTS}
    WHERE word <> '';
    RETURN NULL;
END"""  # noqa: S608
POSTGRESQL_NAME_WORDS = (
    f"CREATE FUNCTION name_words() RETURNS trigger LANGUAGE plpgsql AS {_quoted(_SPLIT)}",
    """CREATE TRIGGER name_words AFTER INSERT OR UPDATE OF search_name ON patients
        FOR EACH ROW EXECUTE FUNCTION name_words()""",
)


def _replaced(column: str) -> str:
    for sign in PARTING + LEFT_OUT:
        column = f"replace({column}, {_quoted(sign)}, {_quoted(' ' if sign in PARTING else '')})"
    return column


# SQLite splits nothing but JSON.
_LIST = f"""'[' || replace(json_quote({_replaced("NEW.search_name")}), ' ', '","') || ']'"""
_SQLITE_WORDS = f"""INSERT INTO name_words (patient_id, word)
        SELECT DISTINCT NEW.id, value FROM json_each({_LIST}) WHERE value <> ''"""  # noqa: S608
SQLITE_NAME_WORDS = (
    f"""CREATE TRIGGER name_words_insert AFTER INSERT ON patients BEGIN
        {_SQLITE_WORDS};
    END""",
    f"""CREATE TRIGGER name_words_update AFTER UPDATE OF search_name ON patients BEGIN
        DELETE FROM name_words WHERE patient_id = NEW.id;
        {_SQLITE_WORDS};
    END""",  # noqa: S608
)
