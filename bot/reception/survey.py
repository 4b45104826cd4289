"""Commands about feedback: what a visit is rated, and why."""

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal
from bot.reception.office import Handlers, Office
from core import feedback


def keep_rating(office: Office, command: ask.KeepRating) -> told.Outcome:
    if not office.insight.speaks_for(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    feedback.rate(
        office.connection,
        command.visit.key,
        command.halves,
        conversation_id=office.conversation.id,
        actor=office.actor,
        now=office.now,
    )
    office.note("rated", rating=command.halves / 2)
    return told.Done()


def keep_comment(office: Office, command: ask.KeepComment) -> told.Outcome:
    if not office.insight.speaks_for(command.visit):
        return told.Refused(Refusal.NOT_FOUND)
    feedback.comment(office.connection, command.visit.key, command.text, now=office.now)
    office.note("commented")
    return told.Done()


HANDLERS: Handlers = {
    ask.KeepRating: keep_rating,
    ask.KeepComment: keep_comment,
}
