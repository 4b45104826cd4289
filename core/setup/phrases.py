"""A clinic's own wording of sentences, as its file has it."""

from sqlalchemy import Row

from core.models import phrases
from core.setup.changes import SetUp, Wanted
from core.setup.format import ClinicFile

KEYS = (("language", "key"),)


def bring_phrases(run: SetUp, clinic_file: ClinicFile) -> None:
    """Keep the sentences of the file; one that is no longer there is said as everywhere again."""
    wanted = [
        Wanted(f"{key} ({language})", {"language": language, "key": key, "text": text}, KEYS)
        for language, texts in clinic_file.phrases.items()
        for key, text in texts.items()
    ]
    run.bring("phrase", phrases, wanted, _named)


def _named(row: Row[tuple[str, str]]) -> str:
    return f"{row.key} ({row.language})"
