"""Write down anew what the desk answers: `python -m tests.dialogues.record FILE...`

For reviewing a change of wording as a difference. Read every line before you keep it.
"""

import sys
import tempfile
from pathlib import Path

from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup import set_up_demo
from tests.builders import NOW
from tests.dialogues.transcript import Stage, Transcript


def record(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    transcript = Transcript.parse(text)
    head = [line for line in text.splitlines() if line.startswith(("#", "@"))]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/scratch.db", Keyring.demo())
        upgrade(database)
        set_up_demo(database, NOW)
        lines = Stage.set(database, transcript).play(transcript)
        database.dispose()
    path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(Path(name))
