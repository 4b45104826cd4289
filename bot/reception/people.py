"""Commands about people: whom an address speaks for, how that is proved, and how it ends."""

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.turn import say
from bot.dialogue.values import Claimed, KnownPerson, Proof
from bot.messages import Channel
from bot.phrases import Phrasebook, languages
from bot.reception.insight import known_person
from bot.reception.office import Handlers, Office
from bot.understanding.values import Person
from bot.wording import worded
from core.messaging import log
from core.messaging.tasks import add_note, open_task
from core.models.messaging import MessageKind, TaskKind
from core.models.people import Relation
from core.people import correcting, proving, registering
from core.people.names import fold
from core.people.proofs import prove_by_contact
from core.people.proving import Errand
from core.people.registering import Claim, Where
from core.people.trust import Behind, all_behind, report_death, suspend


def find(office: Office, _: ask.FindPeople) -> told.PeopleFound:
    return told.PeopleFound(tuple(map(known_person, office.insight.people())))


def register(office: Office, command: ask.RegisterPatient) -> told.PatientRegistered:
    said = Claimed(command.first_name, command.last_name, command.date_of_birth, command.relation)
    known = {link.patient_id for link in office.insight.people()}
    link = registering.register(office.connection, _claim(said), _where(office))
    office.insight.forget()
    was_known = link.patient_id in known
    if not was_known:
        office.note("registered", patient=link.name)
    return told.PatientRegistered(known_person(link), was_known)


def correct(office: Office, command: ask.CorrectPatient) -> told.PatientRegistered:
    """The answer is the same whether it was changed, or is somebody else's from now on."""
    claim = _claim(command.claimed)
    link = correcting.correct(office.connection, command.patient, claim, _where(office))
    office.insight.forget()
    office.note("corrected", patient=link.name)
    return told.PatientRegistered(known_person(link))


def report_mistake(office: Office, command: ask.ReportMistake) -> told.Done:
    """One task for all that is said of one patient."""
    opened = open_task(
        office.connection,
        TaskKind.QUESTION,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        patient_id=command.patient,
        note=command.text,
        now=office.now,
    )
    if opened is None:
        add_note(
            office.connection,
            TaskKind.QUESTION,
            office.conversation.id,
            note=command.text,
            now=office.now,
        )
    office.note("staff_alerted", about=TaskKind.QUESTION)
    return told.Done()


def _claim(said: Claimed) -> Claim:
    return Claim(said.first_name, said.last_name, said.date_of_birth, Relation(said.relation.value))


def _where(office: Office) -> Where:
    return Where(
        address_id=office.conversation.address_id,
        actor=office.actor,
        now=office.now,
        zone=office.directory.locations[0].zone,
        rules=office.rules,
    )


# Proving who somebody is.


def send_code(office: Office, command: ask.SendCode) -> told.Done:
    """The answer is the same whether or not there is a record, or where to send it."""
    where, link = _where(office), office.insight.link(command.patient)
    patient_id = link.patient_id if link else None
    relation = Relation(link.relation) if link else Relation.SELF
    if link is None and command.claimed is not None:
        claim = _claim(command.claimed)
        patient_id = registering.record_of(office.connection, claim, where.address_id)
        relation = claim.relation
    errand = proving.ask_code(office.connection, patient_id, relation, where)
    if errand is not None:
        _run(office, errand)
    return told.Done()


def _run(office: Office, errand: Errand) -> None:
    """Say the code where it is to be read, in the language that is talked there."""
    known = (errand.language, *office.directory.languages, *languages())
    language = next(code for code in known if code in languages())
    words = say("code_notice", code=errand.code, count=office.rules.code_minutes)
    book = Phrasebook(office.directory, language)
    rendered = worded((words,), (), book, Channel(errand.channel))
    log.queue_reply(
        office.connection,
        errand,
        text=rendered.text,
        choices=(),
        list_id=None,
        segments=rendered.segments or None,
        in_reply_to=None,
        kind=MessageKind.NOTICE,
        simulated=errand.is_simulated,
        now=office.now,
    )


def try_code(office: Office, command: ask.TryCode) -> told.Tried:
    claim = _claim(command.claimed) if command.claimed else None
    tried, patient_id = proving.try_code(
        office.connection, command.code, claim, _where(office), office.conversation.id
    )
    return told.Tried(Proof(tried.value), _proved(office, patient_id))


def by_contact(office: Office, command: ask.ProveByContact) -> told.Tried:
    """Only Telegram vouches for a number; what is typed anywhere is a text like any other."""
    if office.conversation.channel != Channel.TELEGRAM:
        return told.Tried(Proof.WRONG)
    patient_id = prove_by_contact(office.connection, command.phone, _where(office))
    person = _proved(office, patient_id)
    return told.Tried(Proof.PROVED if person else Proof.WRONG, person)


def _proved(office: Office, patient_id: int | None) -> KnownPerson | None:
    if patient_id is None:
        return None
    office.insight.forget()
    link = office.insight.link(patient_id)
    if link is None:
        return None
    office.note("verified", patient=link.name)
    return known_person(link)


# What ends it.


def disown(office: Office, command: ask.Disown) -> told.Disowned:
    address_id = office.conversation.address_id
    anybody = bool(all_behind(office.connection, address_id, office.now))
    if not (anybody or command.surely):
        return told.Disowned(anybody=False)
    patient_ids = suspend(
        office.connection, address_id, why="wrong person", actor=office.actor, now=office.now
    )
    office.insight.forget()
    open_task(
        office.connection,
        TaskKind.WRONG_PERSON,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        patient_id=patient_ids[0] if len(patient_ids) == 1 else None,
        now=office.now,
    )
    office.note("staff_alerted", about=TaskKind.WRONG_PERSON)
    return told.Disowned(anybody)


def death(office: Office, command: ask.ReportDeath) -> told.Done:
    """Staff find out. Where it is not clear who it is, all whom it may be are left in peace."""
    address_id = office.conversation.address_id
    behind = all_behind(office.connection, address_id, office.now)
    meant = [each.patient_id for each in _meant(behind, command)]
    report_death(office.connection, meant, address_id, actor=office.actor, now=office.now)
    open_task(
        office.connection,
        TaskKind.DECEASED,
        conversation_id=office.conversation.id,
        message_id=office.message_id,
        patient_id=meant[0] if len(meant) == 1 else None,
        now=office.now,
    )
    office.note("staff_alerted", about=TaskKind.DECEASED)
    return told.Done()


def _meant(behind: list[Behind], command: ask.ReportDeath) -> list[Behind]:
    """Return whom the words name, else whoever is that to the writer, else everybody."""
    words = set(fold(command.text).split())
    named = [each for each in behind if words.issuperset(fold(each.first_name).split())]
    whole = [each for each in named if words.issuperset(fold(each.last_name).split())]
    children = {Person.CHILD, Person.DAUGHTER, Person.SON}
    relations = children if command.person in children else {command.person}
    related = [each for each in behind if each.relation in relations]
    return whole or named or related or behind


HANDLERS: Handlers = {
    ask.FindPeople: find,
    ask.RegisterPatient: register,
    ask.CorrectPatient: correct,
    ask.ReportMistake: report_mistake,
    ask.SendCode: send_code,
    ask.TryCode: try_code,
    ask.ProveByContact: by_contact,
    ask.Disown: disown,
    ask.ReportDeath: death,
}
