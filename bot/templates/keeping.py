"""Keeps what is at Twilio, and what WhatsApp thinks of it, in step with what the clinic wants.

Twilio is asked outside any transaction; what it says is written at once, so that whoever is cut off
goes on where they were.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.clinic import read_directory
from bot.directory import Directory
from bot.senders.content import Approval, Content, ContentApi, ContentRefused
from bot.templates.wanted import OURS, samples, wanted_templates
from core.clock import Clock
from core.database.connect import Database
from core.errors import TemplateUnfit
from core.messaging import templates, troubles
from core.messaging.templates import BUTTON, Template, Wanted
from core.messaging.window import NO_TEMPLATE, WHATSAPP
from core.models.messaging import TemplateStatus
from core.setup.whatsapp import described_templates

logger = logging.getLogger("frontdesk.templates")

MOST_AT_ONCE = 50
GONE = "it is no longer in the account at Twilio; run `frontdesk templates sync`"


class Keeper:
    def __init__(self, database: Database, api: ContentApi, clock: Clock) -> None:
        self._database = database
        self._api = api
        self._clock = clock

    def sync(self) -> Iterator[Template]:
        """Make what is missing, put it before WhatsApp, and yield each as it is then.

        A second run makes nothing. Raises ContentRefused where it would be of no use to go on,
        TemplateUnfit for one of the clinic's own that can't be filled.
        """
        with self._database.reading() as connection:
            directory = read_directory(connection)
            described = described_templates(connection)
        wanted = [self._as_it_is(each) for each in wanted_templates(directory, described)]
        with self._database.transaction() as connection:
            kept = templates.keep(connection, wanted, self._clock())
        made = self._api.made()
        for each, meant in zip(kept, wanted, strict=True):
            yield self._bring(each, meant, directory, made)
        self._say_that_all_is_well()

    def _as_it_is(self, wanted: Wanted) -> Wanted:
        """Of a template that the clinic has made itself, Twilio knows the wording."""
        if wanted.content_sid is None:
            return wanted
        found = self._api.find(wanted.content_sid)
        for what in _misfits(wanted, found):
            raise TemplateUnfit(f"{wanted.key} ({wanted.language}): {what}")
        return replace(wanted, body=found.body, buttons=tuple(title for title, _ in found.buttons))

    def _bring(
        self, template: Template, wanted: Wanted, directory: Directory, made: Mapping[str, str]
    ) -> Template:
        """One that Twilio does not take is for staff, and stops no other."""
        try:
            there = self._made(template, wanted, directory, made)
            told = self._api.approval(there.content_sid or "")
            if told.status is TemplateStatus.DRAFT and template.name.startswith(OURS):
                self._api.submit(there.content_sid or "", template.name, template.category)
                told = Approval(TemplateStatus.PENDING, None)
        except ContentRefused as error:
            if not error.is_final:
                raise
            return self._note(template, Approval(TemplateStatus.REJECTED, str(error)))
        return self._note(there, told)

    def _made(
        self, template: Template, wanted: Wanted, directory: Directory, made: Mapping[str, str]
    ) -> Template:
        """Return the template with its id at Twilio: made there, unless it is already."""
        at_twilio = template.content_sid in made.values()
        if at_twilio or not template.name.startswith(OURS):
            return template
        sid = made.get(template.name) or self._api.make(
            template.name,
            language=template.language,
            body=template.body,
            buttons=_buttons(template),
            samples=samples(directory, wanted),
        )
        with self._database.transaction() as connection:
            return templates.note_content(connection, template, sid)

    def ask(self) -> Iterator[Template]:
        """Ask what WhatsApp thinks of each, and yield it; what is not at Twilio yet, as it is.
        Raises ContentRefused."""
        with self._database.reading() as connection:
            known = templates.in_use(connection)
        for each in known:
            yield self._ask(each) if each.content_sid else each
        self._say_that_all_is_well()

    def follow_up(self) -> int:
        """Ask about those of which there may be news, and return how many that were."""
        with self._database.reading() as connection:
            due = templates.to_be_asked_about(connection, self._clock(), MOST_AT_ONCE)
        for asked, each in enumerate(due):
            try:
                self._ask(each)
            except ContentRefused as error:
                logger.warning("templates could not be followed up: %s", error)
                return asked
        if due:
            self._say_that_all_is_well()
        return len(due)

    def _ask(self, template: Template) -> Template:
        try:
            told = self._api.approval(template.content_sid or "")
        except ContentRefused as error:
            if not error.is_gone:
                raise
            told = Approval(TemplateStatus.DISABLED, GONE)
        return self._note(template, told)

    def _note(self, template: Template, told: Approval) -> Template:
        status = told.status or template.status
        with self._database.transaction() as connection:
            templates.note_status(connection, template, status, told.reason, self._clock())
        if status is not template.status:
            level = logging.WARNING if status in templates.TURNED_DOWN else logging.INFO
            logger.log(level, "template %s: %s (%s)", template.title, status, told.reason or "-")
        return replace(template, status=status, reason=told.reason)

    def _say_that_all_is_well(self) -> None:
        """Nothing that the clinic says first lacks its template any more."""
        with self._database.transaction() as connection:
            known = templates.in_use(connection)
            if all(each.status is TemplateStatus.APPROVED for each in known):
                over = {troubles.key_of(WHATSAPP, NO_TEMPLATE)}
                troubles.end_troubles(connection, over, self._clock())


def _misfits(wanted: Wanted, found: Content) -> Iterator[str]:
    """Yield why the template can't be filled with what the clinic file says, or its buttons would
    not be known again."""
    fills = {f"{{{{{number}}}}}": word for number, word in enumerate(wanted.variables, start=1)}
    if fills.keys() != {f"{{{{{number}}}}}" for number in found.variables}:
        has = ", ".join(sorted(found.variables, key=int)) or "nothing"
        yield (
            f"expected variables for {has}, as {wanted.content_sid} has them,"
            f" got {len(wanted.variables)}"
        )
    answers = [f"{BUTTON}{place}" for place, _ in enumerate(found.buttons, start=1)]
    if [fills.get(pressed) for _, pressed in found.buttons] != answers:
        yield (
            f"expected the ids of its buttons to be variables, filled with {', '.join(answers)},"
            f" got {', '.join(pressed or 'none' for _, pressed in found.buttons)}"
        )


def _buttons(template: Template) -> list[tuple[str, str]]:
    """Return each title, with the variable that says what comes back."""
    pressed = [
        f"{{{{{number}}}}}"
        for number, word in enumerate(template.variables, start=1)
        if word.startswith(BUTTON)
    ]
    return list(zip(template.buttons, pressed, strict=True))
