"""What a patient writes while somebody of the clinic answers: it comes to that person's chat."""

from datetime import datetime

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue.turn import say
from bot.messages import Channel
from bot.phrases import DEFAULT_LANGUAGE
from bot.staff.speaking import clears_at
from bot.staff.talks import CHANNELS
from bot.staff.wording import StaffPhrasebook, called, staff_languages
from core.messaging import notices
from core.messaging.conversations import Conversation
from core.people.links import people_at
from core.people.restricted import open_to, restricted_among
from core.staff.talks import answerer_of


def forward(
    connection: Connection,
    clinic: Clinic,
    conversation: Conversation,
    text: str | None,
    now: datetime,
) -> None:
    """Bring the words (None: what was no text) to whoever answers the conversation, if they have a
    chat. They answer by replying to it."""
    whom = answerer_of(connection, conversation.id)
    if whom is None:
        return
    wished = (whom.language, *clinic.directory.languages, DEFAULT_LANGUAGE)
    language = next(code for code in wished if code in staff_languages())
    book = StaffPhrasebook(clinic.directory, language)
    people = people_at(connection, conversation.address_id, now)
    first, last = (people[0].first_name, people[0].last_name) if people else ("", "")
    detail = clinic.rules.staff_chat_detail
    who = called(first, last, detail=detail) or book.say(say("somebody_new"))
    hidden = restricted_among(connection, [person.patient_id for person in people])
    if hidden - open_to(connection, whom.staff_id, now):
        who = book.say(say("restricted"))
    named = f"{who} ({CHANNELS[Channel(conversation.channel)]})"
    written = book.say(say("they_write", who=named, text=text if text is not None else "\u2026"))
    notices.queue_notice(
        connection,
        whom.conversation_id,
        written,
        task_id=whom.task_id,
        clear_at=clears_at(clinic, now),
        now=now,
    )
