"""What somebody waits for, in words: with whom, on which days, at which hours."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Say
from bot.dialogue.wait import Wait, parts

if TYPE_CHECKING:
    from bot.phrases import Phrasebook


@dataclass(frozen=True)
class Waiting:
    """An entry of the waitlist in words; each property is a word a sentence may use."""

    book: "Phrasebook"
    wait: Wait

    @property
    def who(self) -> str:
        wanted = Draft(
            Task.WAITLIST, practitioner=self.wait.practitioner, specialty=self.wait.specialty
        )
        return self.book.fill("{who}", {"who": wanted})

    @property
    def wish(self) -> str:
        said = (
            self.book.say(Say(part.key, {"first": part.first, "last": part.last}))
            for part in parts(self.wait.when)
        )
        return ", ".join(said)

    @property
    def patient(self) -> str:
        name = self.wait.patient_name
        return name.partition(" ")[0] if self.book.brevity else name
