"""Every conversation in this folder goes as it is written, word for word, and comes to the same on
every channel."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

import bot.speaking
from bot.messages import Channel
from core.database.connect import Database
from tests.dialogues.transcript import Came, OneDesk, Stage, Transcript

MakeDemo = Callable[[], Database]
FILES = sorted(Path(__file__).parent.glob("*.txt"))
LANGUAGES = ("es", "fr", "pt")  # The others are English.


def read(path: Path) -> Transcript:
    return Transcript.parse(path.read_text(encoding="utf-8"))


# What each came to on its own channel: played once, for all that is held against it.
PLAYED: dict[Path, tuple[list[str], list[Came]]] = {}


def played(path: Path, fresh_demo: MakeDemo) -> tuple[list[str], list[Came]]:
    if path not in PLAYED:
        transcript = read(path)
        PLAYED[path] = Stage.set(fresh_demo(), transcript).played(transcript)
    return PLAYED[path]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_conversation_goes_as_written(path: Path, fresh_demo: MakeDemo) -> None:
    assert played(path, fresh_demo)[0] == read(path).lines


def elsewhere() -> Iterator[ParameterSet]:
    """Each conversation on each other channel: every sixth on one of them at once, the others under
    stress."""
    for number, path in enumerate(FILES):
        transcript = read(path)
        others = [channel for channel in transcript.channels if channel != transcript.channel]
        for place, channel in enumerate(others):
            at_once = number % 6 == 0 and place == number // 6 % len(others)
            marks = () if at_once else (pytest.mark.stress,)
            yield pytest.param(path, channel, marks=marks, id=f"{path.stem}-{channel}")


@pytest.mark.parametrize(("path", "channel"), list(elsewhere()))
def test_the_conversation_comes_to_the_same_on_another_channel(
    path: Path, channel: Channel, fresh_demo: MakeDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as many times offered at once as on the channel that it is written down for; and whether
    the desk has just begun, as there, or has known the clinic for long, makes no difference."""
    transcript, (_, content) = read(path), played(path, fresh_demo)
    offers = bot.speaking.OFFERS[transcript.channel]
    monkeypatch.setattr(bot.speaking, "OFFERS", dict.fromkeys(Channel, offers))
    assert OneDesk.set(fresh_demo(), transcript, channel).content(transcript) == content


def test_a_changed_answer_is_noticed(demo: Database) -> None:
    """The control: a transcript that says otherwise fails."""
    transcript = Transcript.parse("> hi\n< Go away.")
    assert Stage.set(demo, transcript).play(transcript) != transcript.lines


def test_a_channel_that_came_to_something_else_is_noticed(fresh_demo: MakeDemo) -> None:
    """The control: a bare CANCEL on SMS is for the carrier."""
    transcript = Transcript.parse("> dr patel tuesday at 10\n> cancel")
    web, sms = (
        Stage.set(fresh_demo(), transcript, channel).content(transcript)
        for channel in (Channel.WEB, Channel.SMS)
    )
    assert web != sms


def test_there_are_enough_in_every_language() -> None:
    count = {code: sum(path.stem.startswith(f"{code}_") for path in FILES) for code in LANGUAGES}
    assert len(FILES) >= 80
    assert min(count.values()) >= 15
