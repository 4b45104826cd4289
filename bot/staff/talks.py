"""Answering a patient who asked for a person: claimed by one, said as it is typed, withdrawn for a
few seconds, handed back to the desk."""

from datetime import timedelta

from bot.dialogue.turn import Option, say
from bot.handovers import hand_back
from bot.messages import Channel
from bot.rendering import in_parts, render
from bot.staff.reading import Asked
from bot.staff.work import Answer, Work, line
from core.errors import RecordRestricted
from core.messaging import conversations, log, templates
from core.messaging.tasks import find_task
from core.messaging.window import is_open_now
from core.models.messaging import Direction, MessageKind
from core.staff.talks import (
    Talk,
    claim,
    find_talk,
    last_lines,
    let_go,
    waiting_talks,
    withdraw,
)

# So long an answer waits, and can be taken back.
SECOND_THOUGHTS = timedelta(seconds=10)
PERSON_ANSWERS = "person_answers"  # The sentence of the template that asks somebody to write.
ANSWER = "answer"  # What a chat waits for where the next words are for a patient.
CHANNELS = {
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.TELEGRAM: "Telegram",
    Channel.WEB: "web",
}


def show_all(work: Work, asked: Asked) -> Answer:
    """Who waits for a person, and who of the clinic answers them."""
    del asked
    talks = waiting_talks(work.connection, work.sphere, work.now)
    if not talks:
        return Answer((say("nobody_asks"),))
    says = [say("who_asks", count=len(talks))]
    says += [
        say("asks", text=named(work, talk), minutes=_minutes(work, talk), state=_state(work, talk))
        for talk in talks
    ]
    return Answer(tuple(says), tuple(_to(work, talk) for talk in talks))


def mine(work: Work) -> Answer:
    """Those whom they answer, as buttons only."""
    return Answer((), tuple(_to(work, talk) for talk in _allmine_of(work)))


def open_one(work: Work, task_id: str) -> Answer:
    """Claim it, and show what was said last. Raises RecordRestricted."""
    talk = find_talk(work.connection, work.sphere, int(task_id), work.now)
    for patient_id in sorted(talk.restricted - work.opened):
        raise RecordRestricted(patient_id)
    if not claim(work.connection, talk, work.pairing.member.id, work.now):
        return Answer((say("answered_by_another", text=named(work, talk)),))
    work.looked("conversation", [talk.conversation_id], talk.patients)
    said = last_lines(work.connection, talk.conversation_id)
    says = [say("talk_with", text=named(work, talk))]
    for each in said:
        who = "they_said" if each.direction == Direction.IN else "we_said"
        says.append(say(who, text=each.text if each.text is not None else "…"))
    return Answer((*says, say("how_to_answer")), options_of(talk))


def wait_for_words(work: Work, task_id: str) -> Answer:
    """The next words are for the patient."""
    talk = mine_of(work, int(task_id))
    if talk is None:
        return Answer((say("not_yours_to_answer"),))
    asked = say("write_answer", text=named(work, talk))
    return Answer((asked,), asks=f"{ANSWER}:{talk.task_id}")


def answer(work: Work, task_id: int, words: str) -> Answer:
    """Say it to the patient, unless it is withdrawn in the next few seconds."""
    talk = mine_of(work, task_id)
    if talk is None:
        return Answer((say("not_yours_to_answer"),))
    conversation = conversations.lock_by_id(work.connection, talk.conversation_id)
    if conversation.is_barred:
        return Answer((say("they_opted_out", text=named(work, talk)),), options_of(talk))
    if not takes_free_text(work, talk):
        return _refuse_free_text(work, talk, conversation.language)
    channel = Channel(talk.channel)
    ids = [
        log.queue_reply(
            work.connection,
            conversation,
            text=part.text,
            choices=[],
            list_id=None,
            segments=part.segments or None,
            in_reply_to=None,
            kind=MessageKind.STAFF_ANSWER,
            simulated=conversation.is_simulated,
            now=work.now,
            due_at=work.now + SECOND_THOUGHTS,
        )
        for part in in_parts(render(words, (), channel))
    ]
    log.wake_worker(work.connection)
    work.note("answered", "conversation", [talk.conversation_id], talk.patients)
    back = Option(f"withdraw:{talk.task_id}:{'-'.join(map(str, ids))}", say("withdraw"))
    says = (say("answer_goes", text=named(work, talk)), line(f"“{words}”"))
    return Answer(says, (back, *options_of(talk)))


def take_answer_back(work: Work, task_id: str, ids: str) -> Answer:
    """Within the few seconds nobody has read it."""
    talk = mine_of(work, int(task_id))
    if talk is None:
        return Answer((say("not_yours_to_answer"),))
    is_back = withdraw(work.connection, [int(each) for each in ids.split("-")], work.now)
    if is_back:
        work.note("withdrew", "conversation", [talk.conversation_id], talk.patients)
    return Answer((say("withdrawn" if is_back else "too_late_to_withdraw"),), options_of(talk))


def answer_in_words(work: Work, asked: Asked) -> Answer:
    """`/answer We open at eight.`: to the only one whom they answer."""
    mine = _allmine_of(work)
    if not mine:
        return Answer((say("not_yours_to_answer"),))
    if len(mine) > 1:
        return Answer((say("whom_to_answer"),), tuple(_to(work, talk) for talk in mine))
    if not asked.text.strip():
        return wait_for_words(work, str(mine[0].task_id))
    return answer(work, mine[0].task_id, asked.text.strip())


def done(work: Work, asked: Asked) -> Answer:
    """`/done`: the desk answers again; of several whom they answer, one is chosen."""
    del asked
    mine = _allmine_of(work)
    if len(mine) == 1:
        return hand_one_back(work, str(mine[0].task_id))
    if not mine:
        return Answer((say("not_yours_to_answer"),))
    options = tuple(Option(f"done:{each.task_id}", line(named(work, each))) for each in mine)
    return Answer((say("which_is_done"),), options)


def hand_one_back(work: Work, task_id: str) -> Answer:
    talk = mine_of(work, int(task_id))
    if talk is None:
        return Answer((say("not_yours_to_answer"),))
    task = find_task(work.connection, talk.task_id)
    let_go(work.connection, talk.conversation_id, work.now)
    hand_back(work.connection, work.clinic, task, "answered", work.now)
    work.note("handed_back", "conversation", [talk.conversation_id], talk.patients)
    return Answer((say("handed_back", text=named(work, talk)),))


def mine_of(work: Work, task_id: int) -> Talk | None:
    """Return a conversation that they answer, None for one that they do not."""
    talk = find_talk(work.connection, work.sphere, task_id, work.now)
    return talk if talk.claimed_by == work.pairing.member.id else None


def _allmine_of(work: Work) -> list[Talk]:
    talks = waiting_talks(work.connection, work.sphere, work.now)
    return [talk for talk in talks if talk.claimed_by == work.pairing.member.id]


def takes_free_text(work: Work, talk: Talk) -> bool:
    """Tell whether one's own words pass there now."""
    is_limited = talk.channel == Channel.WHATSAPP
    return not is_limited or is_open_now(work.connection, talk.conversation_id, work.now)


def _refuse_free_text(work: Work, talk: Talk, language: str | None) -> Answer:
    """Before sending; a template that asks them to write is offered, where there is one."""
    is_there = (PERSON_ANSWERS, language or "") in templates.approved(work.connection)
    options = options_of(talk)
    if is_there:
        options = (Option(f"ring:{talk.task_id}", say("ask_to_write")), *options)
    refused = say("window_is_closed" if is_there else "window_no_template", text=named(work, talk))
    return Answer((refused,), options)


def options_of(talk: Talk) -> tuple[Option, ...]:
    """Return what may be done with a conversation that is theirs."""
    return (
        Option(f"{ANSWER}:{talk.task_id}", say("to_answer")),
        Option(f"done:{talk.task_id}", say("to_hand_back")),
    )


def _to(work: Work, talk: Talk) -> Option:
    return Option(f"talk:{talk.task_id}", line(named(work, talk)))


def named(work: Work, talk: Talk) -> str:
    """Return "J.S. (SMS)"; of somebody whom the clinic does not know yet, or whose record is not
    open to them, only the channel."""
    who = work.called(talk) or work.book.say(say("somebody_new"))
    if talk.restricted - work.opened:
        who = work.book.say(say("restricted"))
    return f"{who} ({CHANNELS[Channel(talk.channel)]})"


def _minutes(work: Work, talk: Talk) -> int:
    return int((work.now - talk.since).total_seconds() // 60)


def _state(work: Work, talk: Talk) -> str:
    if talk.claimed_by is None:
        return work.book.say(say("nobody_answers"))
    is_mine = talk.claimed_by == work.pairing.member.id
    return work.book.say(say("you_answer" if is_mine else "another_answers"))
