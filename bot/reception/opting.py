"""The command that ends unprompted messages, where it was asked whether that is meant."""

from bot import optout
from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.reception.office import Handlers, Office


def opt_out(office: Office, _: ask.OptOut) -> told.Done:
    optout.opt_out(office.connection, office.conversation, office.now, office.message_id)
    office.note("opted_out")
    return told.Done()


HANDLERS: Handlers = {
    ask.OptOut: opt_out,
}
