"""The commands about one's own data: a task for staff, with the day by which they answer;
and whether first names may be said, and advertising be sent."""

from datetime import timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.reception.office import Handlers, Office
from core.messaging.reach import OWN_WORDS
from core.messaging.tasks import add_note, due_of, open_task
from core.models.messaging import TaskKind
from core.models.people import ConsentPurpose
from core.people import consents
from core.people.links import told_about

# Version of the sentences `offers_agreed` and `offers_ended`: stored as what was answered.
OFFERS_VERSION = "2026-11"
NOTES = {"copy": "wants a copy of their data", "delete": "wants their data deleted"}


def request(office: Office, command: ask.RequestData) -> told.DataRequested:
    """Asked for again it is the same task, and its day stays."""
    due = office.now + timedelta(days=office.rules.my_data_days)
    opened = open_task(
        office.connection,
        TaskKind.MY_DATA,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        note=NOTES.get(command.wish or ""),
        due_at=due,
        now=office.now,
    )
    if opened is None:
        conversation = office.conversation.id
        due = due_of(office.connection, TaskKind.MY_DATA, conversation) or due
        if command.wish in NOTES:
            note = NOTES[command.wish]
            add_note(office.connection, TaskKind.MY_DATA, conversation, note=note, now=office.now)
    office.note("staff_alerted", about="my_data")
    return told.DataRequested(due.astimezone(office.directory.locations[0].zone).date())


def use_names(office: Office, command: ask.UseNames) -> told.Done:
    """Noted of each of whose visits the address is told: their names are all it may say."""
    address_id = office.conversation.address_id
    for patient_id in sorted(told_about(office.connection, address_id, office.now)):
        consents.record(
            office.connection,
            address_id,
            ConsentPurpose.FIRST_NAME,
            is_given=command.may,
            how=OWN_WORDS,
            patient_id=patient_id,
            actor=office.actor,
            now=office.now,
        )
    office.note("names", may_be_said=command.may)
    return told.Done()


def agree_to_offers(office: Office, command: ask.AgreeToOffers) -> told.Done:
    """Noted of the address that they write from, with the version of what they are told."""
    consents.record(
        office.connection,
        office.conversation.address_id,
        ConsentPurpose.MARKETING,
        is_given=command.may,
        how=OWN_WORDS,
        wording=OFFERS_VERSION,
        actor=office.actor,
        now=office.now,
    )
    office.note("offers", may_be_sent=command.may)
    return told.Done()


HANDLERS: Handlers = {
    ask.AgreeToOffers: agree_to_offers,
    ask.UseNames: use_names,
    ask.RequestData: request,
}
