"""Whether a patient agreed to advertising, as staff note it of somebody who said or signed so."""

from bot.dialogue.turn import Option, Say, say
from bot.staff.work import ASKED_WORDS, LEAVE, Answer, Work
from core.models.people import ConsentPurpose
from core.people.consents import is_given, record
from core.people.telling import told_of

NAME = "agrees"
BY_STAFF = "staff"  # How it was noted.


def to_agree(work: Work, patient_id: int) -> tuple[Say, Option] | None:
    """Return how it stands and the button that changes it; None where no address hears of them."""
    addresses = told_of(work.connection, patient_id, now=work.now)
    if not addresses:
        return None
    agreed = _has_agreed(work, addresses)
    to = "off" if agreed else "on"
    option = Option(f"{NAME}:{patient_id}:{to}", say(f"to_agree_{to}"))
    return say("has_agreed" if agreed else "has_not_agreed"), option


def agree(work: Work, patient_id: str, to: str) -> Answer:
    """From now on, or not any more; first in which words."""
    key = int(patient_id)
    patient = work.patient(key)
    if not work.words:
        code = f"{ASKED_WORDS}:{NAME}:{key}:{to}"
        asked = say(f"agree_how_{to}", patient=work.called(patient))
        return Answer((asked,), (Option(LEAVE, say("drop_it")),), asks=code)
    return _noted(work, key, to, work.words)


def take_back(work: Work, patient_id: str, to: str) -> Answer:
    """It was a slip: as it was before."""
    key = int(patient_id)
    work.patient(key)
    return _noted(work, key, to, "taken back by staff")


def _noted(work: Work, key: int, to: str, wording: str) -> Answer:
    addresses = told_of(work.connection, key, now=work.now)
    for address_id in addresses:
        record(
            work.connection,
            address_id,
            ConsentPurpose.MARKETING,
            is_given=to == "on",
            how=BY_STAFF,
            wording=wording,
            actor=work.actor,
            now=work.now,
        )
    action = "agreed_to_marketing" if to == "on" else "refused_marketing"
    work.note(action, "patient", [key], [key], reason=wording)
    back = "off" if to == "on" else "on"
    undo = Option(f"disagrees:{key}:{back}", say("staff_undo"))
    return Answer((say(f"agreed_{to}", count=len(addresses)),), (undo,))


def _has_agreed(work: Work, addresses: list[int]) -> bool:
    marketing = ConsentPurpose.MARKETING
    return any(is_given(work.connection, each, marketing) for each in addresses)
