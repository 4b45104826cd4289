"""One message of somebody of staff, answered: what they mean, whether they may, what came of it.

Everything here happens in the message's transaction, inside the savepoint of `bot.desk`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import alarms
from bot.clinic import Clinic
from bot.dialogue.turn import say
from bot.happened import Happened
from bot.in_place import EDITING, Place
from bot.messages import Channel, Choice, Content
from bot.senders.keyboard import callback_data, parse_callback_data
from bot.speaking import Handled
from bot.staff import restricted, talks
from bot.staff.booking import steps
from bot.staff.commands import BUTTONS, COMMANDS
from bot.staff.entrance import CAME_BACK, Entered
from bot.staff.memory import StaffState
from bot.staff.reading import AWAY, DROPPED, Asked, asked_in, command_in, days_in, leaves
from bot.staff.speaking import Incoming, StaffSpeaking, clears_at
from bot.staff.telling import digest
from bot.staff.visits import FOLLOW_UP
from bot.staff.work import ASKED_MORE, ASKED_WORDS, LEAVE, Answer, Work, sphere_of_member, who_is
from bot.understanding.values import Intent
from core import audit
from core.database.savepoint import savepoint
from core.errors import ClinicError, RecordRestricted
from core.messaging import log
from core.messaging.conversations import Conversation
from core.staff import pairing
from core.staff.pins import DIGITS, Tried, try_pin
from core.staff.reviews import TURNED_AWAY
from core.staff.rights import NAMES_NOBODY, NEEDS_PIN, Deed
from core.staff.talks import quoted

# What is said where the core refuses; all else is said to be not possible now.
REFUSED = {
    "AppointmentChanged": "changed_meanwhile",
    "IllegalStatusChange": "changed_meanwhile",
    "AppointmentNotFound": "not_there",
    "PatientNotFound": "patient_not_there",
    "TaskNotFound": "talk_is_over",
    "TaskClosed": "taken_by_another",
    "StandingChanged": "decided_meanwhile",
    "RecordMerged": "record_merged",
    "NothingToUndo": "nothing_to_undo",
    "NothingToRemove": "nothing_to_undo",
    "ImpossibleHours": "impossible_hours",
    "SettingChanged": "setting_changed",
    "BroadcastNotFound": "broadcast_not_there",
    "BroadcastDecided": "broadcast_decided",
    "ImpossibleGroup": "impossible_group",
    "SlotTaken": "time_taken",
    "PatientBusy": "time_taken",
}
# What a chat waits for where a PIN is asked, and where something is in hand.
ASKED_PIN, ASKED_DRAFT = "pin", "draft"
SHORT = 3  # Words; whoever gives a reason says more than "leave it".


class StaffAnswering(StaffSpeaking):
    """One message in a chat that is somebody's of staff."""

    def __init__(
        self,
        connection: Connection,
        clinic: Clinic,
        conversation: Conversation,
        incoming: Incoming,
        entered: Entered,
        now: datetime,
    ) -> None:
        self.entered = entered
        self.pairing = entered.pairing
        language = self.pairing.member.language
        super().__init__(connection, clinic, conversation, incoming, language, now)
        self.state = StaffState.from_json(conversation.state, conversation.version)
        self.happened: list[Happened] = []

    def answer(self) -> Handled:
        if self.entered.greeting:
            return self._finish_with(self._greet())
        taken = self._takes_alarm()
        return self._finish_with(taken or self._meant())

    def _greet(self) -> Answer:
        member = self.pairing.member
        says = [say(self.entered.greeting, name=member.first_name)]
        if not member.grants:
            says.append(say("no_roles"))
        if not member.has_pin:
            says.append(say("pin_first"))
        says.append(say("help_short"))
        if self.entered.greeting != CAME_BACK:
            return Answer(tuple(says))
        waited = self._waited()
        return Answer((*says, *waited.says), waited.options)

    def _waited(self) -> Answer:
        """The digest of this morning, if their closed chat could not say it."""
        member = self.pairing.member
        if sphere_of_member(self.connection, self.clinic, member, Deed.SEE_DAY) is None:
            return Answer(())
        return self._act(Deed.SEE_DAY, "/digest", digest.at_login)

    def _takes_alarm(self) -> Answer | None:
        """ "1", to the alarm that they were told of last."""
        text = self.incoming.text
        if self.incoming.message.content is not Content.TEXT or not alarms.may_take(text):
            return None
        taken = alarms.taken(self.connection, self.conversation.address_id, text, self.now)
        if taken is None:
            return None
        member = self.pairing.member
        if sphere_of_member(self.connection, self.clinic, member, Deed.ANSWER_PATIENT) is None:
            return Answer((taken,))
        theirs = self._act(Deed.ANSWER_PATIENT, "/talks", talks.mine)
        return Answer((taken,), theirs.options)

    def _meant(self) -> Answer:
        message, text = self.incoming.message, self.incoming.text
        if message.content is Content.BUTTON:
            code = self._pressed(text)
            return self._press(code) if code else Answer((say("staff_old_button"),))
        if message.content is not Content.TEXT or not text.strip():
            return Answer((say("staff_unreadable"),))
        return self._typed(text)

    def _typed(self, text: str) -> Answer:
        if not text.lstrip().startswith("/") and (task_id := self._answered()) is not None:
            return self._act(
                Deed.ANSWER_PATIENT, "", lambda work: talks.answer(work, task_id, text.strip())
            )
        if (code := self.state.labelled(text)) is not None:
            return self._press(code)
        if self._is_for_draft(text):
            return self._go_on(text)
        if self._is_in_words(text):
            return self._in_words(text)
        if self._is_left_out(text):
            return self._completed(text)
        found = command_in(text, self.language)
        if found is not None:
            return self._command(*found)
        if self.state.asked == ASKED_PIN and DIGITS.fullmatch(text.strip()):
            return self._try_pin(text)
        asked = self._read(text)
        if (code := self._picked(asked)) is not None:
            return self._press(code)
        if asked.says_something:
            return self._command("day", text)
        return Answer((say("staff_not_understood"),))

    def _is_for_draft(self, text: str) -> bool:
        return self.state.asked == ASKED_DRAFT and not self._is_command(text)

    def _is_in_words(self, text: str) -> bool:
        """Tell whether it is what a button has asked for: why, for example."""
        return self.state.asked.startswith(f"{ASKED_WORDS}:") and not self._is_command(text)

    def _in_words(self, text: str) -> Answer:
        """A number is a choice, and a bare "no" drops it."""
        asked = self._read(text)
        if asked.number is not None and (code := self._numbered(asked.number)):
            return self._press(code)
        if self._drops(text):
            return Answer((say("dropped"),))
        return self._press(self.state.asked.partition(":")[2], text.strip())

    def _completed(self, text: str) -> Answer:
        """What a command lacked, given to it; a bare "no" drops it, "no longer works" does not."""
        if self._drops(text) and command_in(text, self.language) is None:
            return Answer((say("dropped"),))
        _, name, before = self.state.asked.split(":", 2)
        return self._command(name, f"{before} {text}".strip())

    def _drops(self, text: str) -> bool:
        """Tell whether it is a "no" and nothing else, to what was asked for."""
        return self._read(text).intent in DROPPED and len(text.split()) <= SHORT

    def _is_left_out(self, text: str) -> bool:
        """Tell whether it is what a command lacked."""
        lacked = self.state.asked.startswith(f"{ASKED_MORE}:")
        if not lacked or self._is_command(text):
            return False
        found = command_in(text, self.language)
        name = self.state.asked.split(":")[1]
        return found is None or found[0] == name or not {found[0], name} <= AWAY

    def _is_command(self, text: str) -> bool:
        return text.lstrip().startswith("/") or leaves(text, self.language)

    def _go_on(self, text: str) -> Answer:
        """A number is a choice, all else is said of what is in hand."""
        number, draft = self._read(text).number, self.state.draft
        if number is not None and (code := self._numbered(number)):
            return self._press(code)
        if draft is None:
            return Answer((say("staff_not_understood"),))
        found = command_in(text, self.language)
        if found is not None and steps.is_of_another(draft, found[0], self._read(text, found[0])):
            return self._command(*found)
        return self._act(Deed.BOOK, "", lambda work: steps.heard(work, draft, text.strip()))

    def _command(self, name: str, rest: str) -> Answer:
        command = COMMANDS.get(name)
        if command is None:
            return Answer((say("no_such_command", command=name),))
        asked = self._read(rest, name)
        return self._act(command.deed, f"/{name} {rest}", lambda work: command.run(work, asked))

    def _press(self, code: str, words: str = "") -> Answer:
        verb, *about = code.split(":")
        button = BUTTONS[verb]
        return self._act(button.deed, code, lambda work: button.run(work, *about), words)

    def _act(self, deed: Deed, what: str, run: Callable[[Work], Answer], words: str = "") -> Answer:
        """Do it if they may; first ask for the PIN where it takes one. `words`: what was typed for
        a button; whoever is asked for the PIN then writes them again."""
        sphere = sphere_of_member(self.connection, self.clinic, self.pairing.member, deed)
        if sphere is None:
            return self._refuse(deed)
        if deed in NEEDS_PIN and not self._has_proved_pin():
            return self._ask_pin(what)
        if deed not in NAMES_NOBODY:
            self.clear_at = clears_at(self.clinic, self.now)
        work = Work(
            self.connection,
            self.clinic,
            self.pairing,
            sphere,
            self.book,
            self.channel,
            self.now,
            words=words,
            draft=self.state.draft,
            drafts=self.state.drafts,
        )
        try:
            with savepoint(self.connection):
                answer = run(work)
        except RecordRestricted as error:
            self._note_restricted(error, work)
            return restricted.refuse(error, what)
        except ClinicError as error:
            return Answer((say(REFUSED.get(type(error).__name__, "not_possible")),))
        self.happened += work.happened
        if not answer.then:
            return answer
        after = self._repeat(answer.then)
        return replace(after, says=(*answer.says, *after.says))

    def _note_restricted(self, error: RecordRestricted, work: Work) -> None:
        """That they came upon the record is written down, whether or not they go on to open it."""
        about = [error.patient_id]
        work.note(TURNED_AWAY, "patient", about, about)

    def _repeat(self, what: str) -> Answer:
        """Do what waited: a command as it was written, or what a button means."""
        return self._typed(what) if what.startswith("/") else self._press(what)

    def _refuse(self, deed: Deed) -> Answer:
        """They have no role for it; that they tried is written down."""
        who = who_is(self.pairing, None, self.channel)
        audit.record(self.connection, who, "refused", deed, [], now=self.now)
        return Answer((say("not_allowed"),))

    def _answered(self) -> int | None:
        """Return the conversation that the words are for: of the message that they point at, or
        whose answer was asked for just now; None where they are for us."""
        verb, _, about = self.state.asked.partition(":")
        if verb == talks.ANSWER:
            return int(about)
        if self.incoming.message.replies_to is None or self.channel is not Channel.TELEGRAM:
            return None
        stored = f"{self.conversation.id}:{self.incoming.message.replies_to}"
        task_id, list_id = quoted(self.connection, self.conversation.id, stored)
        listed = self.state.listed(list_id or "")
        codes = [code.partition(":") for code in listed.codes] if listed else []
        buttons = (int(about) for verb, _, about in codes if verb == talks.ANSWER)
        return task_id or next(buttons, None)

    # The PIN

    def _has_proved_pin(self) -> bool:
        minutes = timedelta(minutes=self.clinic.rules.staff_pin_minutes)
        proved = self.pairing.pin_proved_at
        return proved is not None and self.now - proved < minutes

    def _ask_pin(self, what: str) -> Answer:
        if not self.pairing.member.has_pin:
            return Answer((say("pin_first"),))
        return Answer((say("pin_asked"),), asks=ASKED_PIN, waits=what)

    def _try_pin(self, text: str) -> Answer:
        """Then do what waited for it."""
        tried = try_pin(self.connection, self.pairing.member.id, text.strip(), self.now)
        if tried is Tried.LOCKED:
            pairing.lock(self.connection, self.pairing, self.now)
        action = "gave_pin" if tried is Tried.RIGHT else "wrong_pin"
        who = who_is(self.pairing, None, self.channel)
        audit.record(self.connection, who, action, "staff", [who.staff_id or 0], now=self.now)
        match tried:
            case Tried.LOCKED:
                return Answer((say("pin_locked"),), ends=True)
            case Tried.WRONG:
                return Answer((say("pin_again"),), asks=ASKED_PIN, waits=self.state.waits)
        pairing.note_pin(self.connection, self.pairing, self.now)
        self.pairing = replace(self.pairing, pin_proved_at=self.now)
        return self._repeat(self.state.waits)

    # What is read, and what is shown

    def _read(self, text: str, command: str = "") -> Asked:
        directory = self.clinic.directory
        return asked_in(text, directory, self.local_now, self.language, command=command)

    def _pressed(self, data: str) -> str | None:
        """Return what the button means, None for one of a list that is not known any more; the
        answer takes the place of its message, where nothing was said since."""
        list_id, index = parse_callback_data(data) or ("", 0)
        listed = self.state.listed(list_id)
        if listed is None or not 0 < index <= len(listed.codes):
            return None
        if self.channel in EDITING:
            edits_id = log.editable_before(
                self.connection, self.conversation, self.incoming.message_id, list_id
            )
            self.place = Place(edits_id, "") if edits_id is not None else None
        return listed.codes[index - 1]

    def _numbered(self, number: int) -> str | None:
        latest = self.state.latest
        if latest is None or not 0 < number <= len(latest.codes):
            return None
        return latest.codes[number - 1]

    def _picked(self, asked: Asked) -> str | None:
        """Return the button that the words stand for: by its number, or by a yes or a no."""
        wants_days = self.state.asked.partition(":")[0] == FOLLOW_UP
        number = days_in(asked.text, self.language) if wants_days else None
        number = asked.number if number is None else number
        if number is None:
            return self._agreed(asked)
        return f"{self.state.asked}:{number}" if self.state.asked else self._numbered(number)

    def _agreed(self, asked: Asked) -> str | None:
        """Return what a yes or a no does where there is nothing but to do it or to leave it."""
        codes = self.state.latest.codes if self.state.latest else ()
        if len(codes) != 2 or codes[1] != LEAVE or asked.says_something:
            return None
        if asked.intent is Intent.YES:
            return codes[0]
        return LEAVE if asked.intent in DROPPED else None

    def _finish_with(self, answer: Answer) -> Handled:
        """Put it into words, queue it, and save where the talk stands."""
        labels = tuple(self.book.say(option.label) for option in answer.options)
        state, list_id = self.state, ""
        choices: tuple[Choice, ...] = ()
        if answer.options:
            state = state.showing(tuple(option.code for option in answer.options))
            list_id = state.shown[-1].list_id
            choices = tuple(
                Choice(label, callback_data(list_id, index))
                for index, label in enumerate(labels, start=1)
            )
        if answer.picture or answer.document:
            # No edit makes a picture or a file of a text.
            self.picture, self.document, self.place = answer.picture, answer.document, None
        replies = self._reply(answer.says, choices, list_id)
        state = replace(
            state,
            asked=ASKED_DRAFT if answer.draft else answer.asks,
            waits=answer.waits,
            has_list=bool(answer.options),
            labels=labels,
            draft=None if answer.is_done else answer.draft or state.draft,
            drafts=answer.draft.number if answer.draft else state.drafts,
        )
        self._keep(None if answer.ends else state.to_json())
        return Handled(replies=replies, happened=tuple(self.happened))
