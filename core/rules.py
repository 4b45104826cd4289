"""The clinic's rules: one frozen value, read from the settings table, with a default for each.

A rule is a row of `settings` with the field's name as its key; a location may have its own.
docs/settings.md lists them; a test compares the two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, select

from core.models import settings

# Beyond it nothing is meant, and no date could be reckoned with.
MOST = 1_000_000
# Telegram lets a bot take back what is younger than 48 hours (Bot API, `deleteMessage`).
MOST_CLEARED = 47


def _rule(default: int, description: str, *, most: int = MOST) -> Any:
    return field(default=default, metadata={"description": description, "most": most})


def _choice(*words: str, description: str) -> Any:
    """A rule that is one of some words; the first is its default."""
    return field(default=words[0], metadata={"description": description, "words": words})


@dataclass(frozen=True, slots=True)
class Rules:
    """Whole numbers, in the unit that each name ends in; a few are words."""

    minimum_notice_minutes: int = _rule(60, "How soon a patient may book; included.")
    horizon_days: int = _rule(180, "How far ahead a patient may book.", most=3650)
    cancellation_notice_hours: int = _rule(
        0, "Later than this, a patient must call to cancel or move."
    )
    hold_minutes: int = _rule(5, "How long a slot is kept while the patient is asked.")
    undo_minutes: int = _rule(15, "How long what was just done may be undone.")
    same_day_release_hours: int = _rule(
        24, "Same-day hours may be booked from so long before the visit."
    )
    similar_visit_days: int = _rule(
        14, "A second visit of the same kind within so many days is asked about."
    )
    late_cancellation_hours: int = _rule(
        24, "A visit cancelled later than this counts as missed; 0: none does."
    )
    remind_from_missed_visits: int = _rule(
        0, "Missed visits in 12 months from which a patient is reminded of them; 0: never."
    )
    approve_from_missed_visits: int = _rule(
        0, "From so many on, the clinic approves each booking; 0: never."
    )
    staff_only_from_missed_visits: int = _rule(0, "From so many on, only staff book; 0: never.")
    open_visits_proved: int = _rule(5, "Visits ahead that a proved patient may have.")
    open_visits_claimed: int = _rule(3, "Visits ahead for one not yet proved.")
    new_patients_per_address_a_day: int = _rule(3, "Patients one address may register in a day.")
    code_minutes: int = _rule(10, "How long a code that proves who one is may be used.")
    codes_per_address_a_day: int = _rule(3, "Codes that one address may ask for in a day.")
    codes_per_patient_a_day: int = _rule(
        5, "Codes that one patient is sent in a day, whoever asks for them."
    )
    link_rest_months: int = _rule(
        12, "Unheard of for so long, an address must say anew for whom it speaks; 0: never."
    )
    message_retention_months: int = _rule(
        0, "What was written so long ago is erased; when, and by which way, stays. 0: it is kept."
    )
    age_of_majority_years: int = _rule(
        18, "As a child comes of age, what a parent may do for them ends."
    )
    waitlist_entries: int = _rule(
        3, "Times that are not free yet that one patient may wait for, each with somebody else."
    )
    waitlist_wave_size: int = _rule(
        3, "So many who wait are offered a time that has become free, before the next are."
    )
    waitlist_wave_minutes: int = _rule(
        15, "So long they have to answer before the next are offered it, too."
    )
    waitlist_offers_a_week: int = _rule(
        3, "Times that one patient is offered in seven days, whatever they wait for."
    )
    late_grace_minutes: int = _rule(
        15, "So long a late patient is waited for; beyond it, another time is offered."
    )
    running_late_hours: int = _rule(
        4, "Where somebody runs late, whoever is expected within so many hours is told.", most=24
    )
    my_data_days: int = _rule(
        30, "Staff answer within so many days who asks for their data, or for its deletion."
    )
    prompt_wait_minutes: int = _rule(
        10, "The clinic says nothing first while a question is younger than this."
    )
    quiet_from_hour: int = _rule(
        20, "From this hour of the patient's day on, nothing goes out by itself.", most=24
    )
    quiet_until_hour: int = _rule(
        8, "Until this hour nothing does. The same hour twice: no hours are quiet.", most=24
    )
    unprompted_a_day: int = _rule(
        1, "Reminders, offers and surveys that one address gets in a day; 0: no limit."
    )
    unprompted_a_week: int = _rule(3, "Likewise in seven days.")
    reminder_latest_hours: int = _rule(
        2, "A reminder that could not go out in time is left out this long before the visit."
    )
    call_list_hour: int = _rule(
        15,
        "From this hour on, staff are to call whoever was not reached about tomorrow's visit.",
        most=23,
    )
    moved_answer_hours: int = _rule(
        4,
        "So long a patient whom a sick day gave another time has to answer, before staff are to"
        " call; 0: nobody is called for that.",
    )
    missed_visit_cost: int = _rule(
        0, "What a missed visit costs, in whole units of the currency; named in reminders; 0: not."
    )
    messages_per_sender_a_minute: int = _rule(20, "More are logged, and not answered.")
    messages_per_sender_an_hour: int = _rule(120, "Likewise, over an hour.")
    messages_per_origin_a_minute: int = _rule(600, "From one network address, all senders.")
    same_replies_in_a_row: int = _rule(4, "More identical answers mean two bots talk in a loop.")
    alarm_minutes: int = _rule(
        5, "An alarm that nobody has taken goes to the next of staff after so long."
    )
    handover_minutes: int = _rule(
        15, "Likewise a conversation handed over; counted while the clinic is open."
    )
    handover_after_misses: int = _rule(
        0, "Messages in a row not understood that hand a conversation over; 0: only on request."
    )
    conversation_rest_hours: int = _rule(24, "After this silence a conversation starts fresh.")
    sms_segments_a_second: int = _rule(
        1, "What each number of ours sends, as its carrier allows; 0: no limit."
    )
    whatsapp_messages_a_second: int = _rule(80, "Likewise each WhatsApp sender; 0: no limit.")
    telegram_messages_a_second: int = _rule(30, "The bot, in all chats together; 0: no limit.")
    telegram_chat_messages_a_second: int = _rule(1, "The bot, in one chat; 0: no limit.")
    broadcast_messages_a_minute: int = _rule(
        30, "So many copies of staff's broadcasts go out in a minute at most; 0: no limit."
    )
    staff_chat_detail: str = _choice(
        "minimal",
        "full",
        description="What staff's chats show of patients: initials and times, or names.",
    )
    staff_chat_clear_hours: int = _rule(
        24,
        "So long staff's chats show what they told of patients; then it is taken off the screen;"
        " 0: it stays.",
        most=MOST_CLEARED,
    )
    staff_export: str = _choice(
        "off", "on", description="Whether staff may have visits sent to their chat as a file."
    )
    practitioners_see: str = _choice(
        "own",
        "all",
        description="Whose visits a practitioner sees: their own, or all of where they work.",
    )
    staff_idle_hours: int = _rule(12, "After this silence a chat is nobody's of staff any more.")
    staff_pin_minutes: int = _rule(10, "So long a PIN that was given is not asked for again.")
    opened_record_minutes: int = _rule(
        60, "So long a restricted record stays open to whoever opened it with a reason."
    )
    digest_hour: int = _rule(
        7, "From this hour on, on days that their place is open, staff get the digest.", most=23
    )
    back_entry_days: int = _rule(
        7, "Staff may enter a visit that took place so many days ago; 0: of today only.", most=365
    )
    day_sheet_evening_hour: int = _rule(
        18, "From this hour on the worker writes tomorrow's day sheets.", most=23
    )
    day_sheet_morning_hour: int = _rule(6, "From this hour on, today's.", most=23)
    day_sheet_keep_days: int = _rule(
        3, "A day sheet is removed so many days after its day.", most=365
    )


def descriptions() -> dict[str, str]:
    """Return what each rule means, by key."""
    return {item.name: item.metadata["description"] for item in fields(Rules)}


def defaults() -> dict[str, int | str]:
    return {item.name: getattr(Rules(), item.name) for item in fields(Rules)}


def words_of(key: str) -> tuple[str, ...]:
    """Return the words that a rule may be; none for one that is a number."""
    words: tuple[str, ...] = _about(key).get("words", ())
    return words


def most_of(key: str) -> int:
    """Return the greatest number that a rule may be."""
    most: int = _about(key).get("most", MOST)
    return most


def _about(key: str) -> Mapping[str, Any]:
    return next(item.metadata for item in fields(Rules) if item.name == key)


_STORED = select(settings.c.key, settings.c.location_id, settings.c.value).where(
    settings.c.is_active, settings.c.key.in_([item.name for item in fields(Rules)])
)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The organization's rules, and those of each location that has its own."""

    general: Rules = Rules()
    local: Mapping[int, Rules] = field(default_factory=dict)

    def at(self, location_id: int | None) -> Rules:
        """Return the rules in force at a location; None: anywhere."""
        return self.general if location_id is None else self.local.get(location_id, self.general)


# What holds where nothing has been set.
STANDARD_RULES = RuleBook()


def load_rules(connection: Connection) -> RuleBook:
    """Return all rules in force."""
    general: dict[str, Any] = {}
    local: dict[int, dict[str, Any]] = {}
    for key, location_id, value in connection.execute(_STORED):
        own = general if location_id is None else local.setdefault(location_id, {})
        own[key] = json.loads(value)
    return RuleBook(
        replace(Rules(), **general),
        {place: replace(Rules(), **(general | own)) for place, own in local.items()},
    )
