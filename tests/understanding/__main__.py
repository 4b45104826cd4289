"""`make score`: how much is understood, per set, language and kind; what was not, line by line."""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.clinic_file import directory_of
from bot.understanding.jsonl import answer
from bot.understanding.lexicon import lexicon, lexicons
from core.setup import DEMO_FILE, read_clinic_file
from tests.understanding.judging import Verdict, judge
from tests.understanding.peer import PYTHON, rightly_read
from tests.understanding.replay import report as replayed
from tests.understanding.sets import GIVEN, KINDS, OWN, Line, lines

DIALOGUES = "dialogues"
_NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)

Judged = tuple[Line, Mapping[str, Any], Verdict]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.understanding", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join((*KINDS, DIALOGUES)))
    parser.add_argument("--lang", action="append", help="only this language; may be repeated")
    parser.add_argument("--sets", type=Path, help="another folder with sets of the same shapes")
    parser.add_argument("--errors", type=int, default=0, help="print up to so many wrong lines")
    chosen = parser.parse_args()
    if unknown := set(chosen.kinds) - {*KINDS, DIALOGUES}:
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    known = chosen.lang or lexicons()
    folders = [chosen.sets] if chosen.sets else [GIVEN, OWN]
    for kind in [kind for kind in KINDS if kind in (chosen.kinds or KINDS)]:
        # A lexicon of days and times reads nothing else.
        languages = [code for code in known if kind == "dates" or lexicon(code).whole]
        found = [line for folder in folders for line in lines(folder, kind)]
        judged, times = _read(line for line in found if line.language in languages)
        if judged:
            _show(kind, judged, times)
            if kind == "dates" and PYTHON.exists():
                _show_peer([line for line, _, _ in judged])
            _show_errors(judged, chosen.errors)
    if DIALOGUES in (chosen.kinds or [DIALOGUES]) and not chosen.sets:
        replayed.show(chosen.errors)


def _read(found: Iterable[Line]) -> tuple[list[Judged], list[float]]:
    directory = directory_of(read_clinic_file(DEMO_FILE))
    judged: list[Judged] = []
    times: list[float] = []
    for line in found:
        began = time.perf_counter()
        said = answer(line.record, directory, now=_NOW)
        times.append(1000 * (time.perf_counter() - began))
        judged.append((line, said, judge(line, said)))
    return judged, times


def _show(kind: str, judged: list[Judged], times: list[float]) -> None:
    print(f"\n{kind}: {len(judged)} messages")
    by_language: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        by_language[item[0].language].append(item)
    for language, items in sorted(by_language.items()):
        print(f"  {language}  {_counted(items)}")
        by_sort: dict[str, list[Judged]] = defaultdict(list)
        for item in items:
            by_sort[item[0].sort].append(item)
        for sort, some in sorted(by_sort.items()):
            print(f"      {sort:22} {_counted(some)}")
    if kind == "intents":
        _show_confusion(judged)
    times.sort()
    median, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"  median {median:.2f} ms, 99th percentile {late:.2f} ms a message")


def _show_peer(asked: list[Line]) -> None:
    print("  dateparser on the same lines, whole sentences:")
    right, all_of = rightly_read(asked), Counter(line.language for line in asked)
    for language, count in sorted(all_of.items()):
        print(f"      {language}  {100 * right[language] / count:5.1f} %")


def _counted(items: list[Judged]) -> str:
    counts = Counter(verdict for _, _, verdict in items)
    shares = [f"{verdict} {counts[verdict]}" for verdict in Verdict if counts[verdict]]
    right = 100 * counts[Verdict.RIGHT] / len(items)
    return f"{right:5.1f} %  of {len(items):4}  ({', '.join(shares)})"


def _show_confusion(judged: list[Judged]) -> None:
    print("  taken for another, the most frequent first:")
    taken = Counter(
        (line.sort, said["intent"]) for line, said, verdict in judged if verdict != Verdict.RIGHT
    )
    for (meant, got), count in taken.most_common(20):
        print(f"      {count:4}  {meant} -> {got}")


def _show_errors(judged: list[Judged], most: int) -> None:
    wrong = [item for item in judged if item[2] is not Verdict.RIGHT]
    for line, said, verdict in wrong[:most]:
        context = {key: value for key, value in line.record.items() if key != "text"}
        got = {"intent": said["intent"], **said["entities"]}
        if said["also"]:
            got["also"] = [wish["intent"] for wish in said["also"]]
        print(f"{verdict} | {line.source} | {line.record['text']!r}")
        print(f"    expected {_plain(line.right)} | got {_plain(got)} | {_plain(context)}")


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


if __name__ == "__main__":
    main()
