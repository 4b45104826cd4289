"""How many of the lines of dates dateparser reads rightly, beside us."""

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.understanding.sets import Line

PYTHON = Path(".venv-bench") / "bin" / "python"


def rightly_read(found: Sequence[Line]) -> Counter[str]:
    """Return how many lines of each language are right; FileNotFoundError without the peers.

    Right is a line whose expected date and time, as far as there are such, came out: a moment that
    names more than what was said counts as well.
    """
    asked = "".join(json.dumps(line.record) + "\n" for line in found)
    said = subprocess.run(
        [PYTHON, "-m", "tests.understanding.peer_dateparser"],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return Counter(
        line.language
        for line, row in zip(found, said, strict=True)
        if any(_fits(json.loads(row), right) for right in line.right)
    )


def _fits(said: dict[str, str], right: dict[str, str]) -> bool:
    return right.keys() <= {"date", "time"} and right.items() <= said.items()
