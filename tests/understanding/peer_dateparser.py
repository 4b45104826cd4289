"""What dateparser makes of the lines of dates: JSON lines in, JSON lines out.

Runs in the environment of the peers, which has none of our libraries. It gets whole sentences, as
we do, with the language, the order of day and month and the moment of speaking, and prefers days to
come. It finds one moment and knows no ranges and no parts of the day.
"""

import json
import sys
from datetime import datetime
from typing import Any

import dateparser
from dateparser.search import search_dates


def main() -> None:
    for row in sys.stdin:
        found = moment(json.loads(row))
        said = {"date": f"{found:%Y-%m-%d}", "time": f"{found:%H:%M}"} if found else {}
        print(json.dumps(said), flush=True)


def moment(record: dict[str, Any]) -> datetime | None:
    settings = {
        "RELATIVE_BASE": datetime.fromisoformat(record["now"]).replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "MDY" if record["locale"] == "en-US" else "DMY",
    }
    languages = [record["lang"]]
    found: datetime | None = dateparser.parse(
        record["text"], languages=languages, settings=settings
    )
    if found is None:
        several = search_dates(record["text"], languages=languages, settings=settings)
        found = several[0][1] if several else None
    return found


if __name__ == "__main__":
    main()
