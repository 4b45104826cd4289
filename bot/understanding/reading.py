"""The way of one message: from text to `Understanding`, one step after the other."""

from collections.abc import Iterable

from bot.understanding import answers, births, clinic, grammar, intents, phones, safety, when
from bot.understanding.chart import Item, longest
from bot.understanding.days import Day
from bot.understanding.findings import Findings
from bot.understanding.lexicon import Lexicon, lexicon, lexicons
from bot.understanding.meaning import understanding
from bot.understanding.moment import Moment
from bot.understanding.names import Names
from bot.understanding.past import is_past, past
from bot.understanding.practitioners import Mention, Practitioners
from bot.understanding.text import Token, clean, tokenise
from bot.understanding.tongue import written_in
from bot.understanding.values import Context, EmergencyKind, Intent, Person, Understanding

LONGEST = 2_000  # Letters that are read; nobody asks for an appointment in more.
LONGEST_FOR_SAFETY = 10_000
_MOST_CHOICES = 3  # That a list of which nothing is known has.
_OVERLAP = 100  # So that no phrase of danger falls between the two.
_DEFAULT = "en"


def understand(text: str, context: Context) -> Understanding:
    """Return what a message means in its context. Any text at all has an answer."""
    return understanding(read(text, context))


def read(text: str, context: Context) -> Findings:
    """Return all that is found in a message."""
    words = lexicon(language_of(text, context))
    whole = clean(text, LONGEST_FOR_SAFETY)
    found = _begun(whole[:LONGEST], words, context)
    if len(whole) > LONGEST and found.danger is None:
        rest = _spelt(whole[LONGEST - _OVERLAP :], words, found.clinic)
        found.danger, _ = safety.emergency(grammar.charted(rest, words), words)
    for step in STEPS:
        step(found)
    return found


def danger_in(text: str, language: str, context: Context) -> EmergencyKind | None:
    """Return what danger a message tells of in another language than it is read in: a frightened
    person writes the two words that come to mind."""
    words = lexicon(language)
    here = clinic.clinic_of(context.directory, words)
    tokens = _spelt(clean(text, LONGEST_FOR_SAFETY), words, here)
    return safety.emergency(grammar.charted(tokens, words), words)[0]


def language_of(text: str, context: Context) -> str:
    """Return the language to read in: the one known from elsewhere, else the one that the message
    is written in, else the clinic's first."""
    known = lexicons()
    told = (context.language or "")[:2].lower()
    if told in known:
        return told
    spoken = [code for code in context.directory.languages if code in known] or [_DEFAULT]
    return written_in(text, spoken) or spoken[0]


def _spelt(text: str, words: Lexicon, here: clinic.Clinic) -> list[Token]:
    tokens = []
    for token in tokenise(text, words.speller):
        word = token.word
        known = (
            token.is_number
            or word in words.words
            or word in here.by_word
            or words.stems.of(word) is not None
        )
        meant = None if known else words.spelling.mended(word) or here.spelling.mended(word)
        if not meant:
            tokens.append(token._replace(word=_stemmed(word, words)))
            continue
        tokens += [
            token._replace(word=_stemmed(part, words), misspelt=True)
            for part in words.speller.written_out(meant)  # A slip in a shorthand is written out.
        ]
    return tokens


def _stemmed(word: str, words: Lexicon) -> str:
    """Return the stem that patterns know of a word, unless they know the word itself."""
    return word if word in words.content else words.stems.of(word) or word


def _begun(text: str, words: Lexicon, context: Context) -> Findings:
    here = clinic.clinic_of(context.directory, words)
    chart = grammar.charted(_spelt(text, words, here), words)
    danger, dangers = safety.emergency(chart, words)
    cues = sorted(
        clinic.tagged(words.people, chart), key=lambda cue: (cue.start - cue.end, cue.start)
    )
    return Findings(
        text=text,
        words=words,
        context=context,
        at=Moment.of(context, here.hours),
        clinic=here,
        chart=chart,
        danger=danger,
        dangers=dangers,
        cues=cues,
        cue_kinds=frozenset(cue.kind for cue in cues),
    )


# The steps; each may use what the ones before it found.


def read_phone(found: Findings) -> None:
    phone = phones.phone_of(
        found.text,
        found.chart.tokens,
        found.context.directory.country,
        asked=found.asked("phone"),
        birth_asked=found.asked("name", "date_of_birth"),
    )
    if phone and not found.asked("code"):
        found.entities["phone"] = phone.value
        found.names.append(phone)


def read_practitioners(found: Findings) -> None:
    """Find practitioners, but not in the patient's own name: "I'm Sarah Johnson"."""
    finder = Practitioners(
        found.chart, found.clinic, found.words, found.cues, expected=found.asked("practitioner")
    )
    for mention in finder.mentions():
        titled = found.chart.words[mention.start] in found.words.titles
        if titled or not _is_patients_own(mention, found):
            found.mentions.append(mention)
            found.chart.add(mention.item())
            found.names.append(mention.item())


def _is_patients_own(mention: Mention, found: Findings) -> bool:
    if found.asked("name"):
        return all(cue.end != mention.start for cue in found.said("beside"))
    others = found.said("others_name")
    announcing = [
        cue
        for cue in found.said("name", "self")
        if not any(cue.overlaps(other) for other in others)
    ]
    if any(0 <= mention.start - cue.end <= 2 for cue in announcing):
        return True
    if any(cue.end == mention.start for cue in found.said("beside")):
        return False  # "Mum's with Okafor".
    people = [item for item in found.chart.items("person") if item.value is not Person.SELF]
    return any(0 <= mention.start - item.end <= 1 for item in people)


def read_clinic_words(found: Findings) -> None:
    specialties = clinic.specialties(found.chart, found.clinic, found.words)
    moved = found.said("moved_back")
    found.specialties = longest(
        item for item in specialties if not found.is_taken(item) and not _is_direction(item, moved)
    )
    places = longest(clinic.places(found.chart, found.clinic))
    for item in (*found.specialties, *places):
        found.chart.add(item)
    names = list(dict.fromkeys(item.value for item in places))
    if len(names) == 1:
        found.entities["location"] = names[0]
    elif names:
        found.unclear("location")
    visits = longest(clinic.visit_types(found.chart, found.clinic, found.words))
    if visits:
        found.entities["visit_type"] = visits[-1].value


def _is_direction(item: Item, moved: Iterable[Item]) -> bool:
    """ "Push it back" is no pain in the back; "move my back appointment" is about one."""
    return item.length == 1 and any(item.end == cue.end for cue in moved)


def read_days_and_times(found: Findings) -> None:
    found.birth = births.Expectation.of(found.chart, found.words, found.cues, found.context.asked)
    if found.birth.any:
        births.add_readings(found.chart, found.words, found.at)
    grammar.find_times(found.chart, found.words, found.at)


def read_identity(found: Findings) -> None:
    birth = _read_birth(found)
    fields = [item for item in found.specialties if item.value[1] == "name"]
    people = (
        item
        for item in found.chart.items("person")
        if not found.is_taken(item)
        and not any(item.overlaps(other) and item.end < other.end for other in fields)
    )
    found.relations = longest(people)
    names = Names(
        found.chart,
        found.words,
        found.text,
        found.names,
        found.cues,
        not_names=found.clinic.own_words,
    )
    for cue in found.said("stranger"):  # "I'm not Maria", "there's no Pete here".
        if other := names.after(cue):
            found.chart.add(Item("stranger", other.start, other.end, other.value))
    name = names.announced() or names.of_person(found.relations)
    if name is None and (found.asked("name") or _is_born(found)):
        days = found.chart.items("day", "stretch", "clock", "part", "weekdays")
        name = names.answered(days, birth)
    if name is None:
        name = names.standing_alone(birth, anywhere=not found.asked(*_OTHERS_NAMED))
    if name:
        found.entities["name"] = name.value
        found.names.append(name)
    _read_person(found)


# Where a name that nothing announces is rather a doctor's or a place's.
_OTHERS_NAMED = ("practitioner", "location", "specialty", "visit_type", "choice", "reason", "text")


def _is_born(found: Findings) -> bool:
    """A name may stand beside the birth date that was asked for."""
    return found.asked("date_of_birth", "person") and "date_of_birth" in found.entities


def _read_birth(found: Findings) -> Item | None:
    birth = births.birth_of(found.chart, found.at, found.birth, found.said("age"))
    if birth is None:
        return None
    found.names.append(birth.item)
    if birth.day is None:
        found.unclear("date_of_birth")
    else:
        found.entities["date_of_birth"] = birth.day
    return birth.item


def _read_person(found: Findings) -> None:
    """ "My mom says I need it for myself": the one announced by "for" counts, else another one."""
    people = [item.value for item in found.relations]
    ends = {cue.start for cue in found.said("for_person")}
    announced = [item.value for item in found.relations if item.start in ends]
    others = [value for value in people if value is not Person.SELF]
    if people:
        found.entities["person"] = (announced or others or people)[-1]
    elif found.asked("person") and found.chart.items("myself") and len(found.chart.words) <= 4:
        found.entities["person"] = Person.SELF
    elif found.asked("person") and found.chart.items("somebody_else"):
        found.entities["person"] = Person.OTHER


def choose_times(found: Findings) -> None:
    complaint = any(item.value[1] != "name" for item in found.specialties)
    lasting = complaint or not found.asked("date", "time", "date_time", "slot")
    found.past = past(found.chart, found.words, lasting=lasting, complaint=complaint)
    found.day_cues = when.Cues.of(found.chart, found.cues)
    taken = [*found.names, *found.dangers]
    chosen = when.chosen(
        found.chart, taken, found.past, found.words.doubtful, found.day_cues.inside
    )
    today = found.at.today
    found.days = [
        item
        for item in chosen
        if not (complaint and isinstance(item.value, Day) and item.value.date < today)
    ]


def read_intents(found: Findings) -> None:
    same = found.said("usual", "same_time", "same_date", "same_practitioner", "any_doctor", "idiom")
    rivals = [*found.names, *found.days, *found.specialties, *same, *found.dangers]
    fillers = found.said("filler", "trailing", "joint", "leading")
    found.phrases = [
        item
        for item in intents.phrases(found.chart, found.words, rivals, fillers)
        if item.value.level != "hint" or not found.in_hand
    ]
    # "Good morning" is no part of the day.
    greetings = [item for item in found.phrases if item.value.intent in intents.COURTESIES]
    found.days = [
        item
        for item in found.days
        if item.kind != "part" or not any(item.overlaps(other) for other in greetings)
    ]
    found.tasks = intents.wishes(found.phrases, found.chart, found.said("joint"))
    if greetings and not found.tasks and not found.names_something():
        # "How are you today?", "that's all for now".
        beside = (*fillers, *found.phrases)
        found.days = [day for day in found.days if not any(day.overlaps(i) for i in beside)]


def read_choices(found: Findings) -> None:
    context = found.context
    number = found.bare_number()
    if number is not None and not found.asked("rating"):
        found.days = []
        found.entities |= answers.bare_number(number, context, found.at)
        return
    usual = found.said("usual")
    said = [
        cue
        for cue in found.said("choice", "last", "listed_choice")
        if not is_past(cue, found.past)
        and not any(cue.overlaps(other) and cue.length < other.length for other in usual)
    ]
    choice, item = answers.choice(found.chart, said, context)
    placed = found.said("middle", "top") if context.asked in answers.LISTS else []
    if item is None and placed:
        item = placed[0]
        size = answers.listed(context) or _MOST_CHOICES
        choice = 1 if item.kind == "top" else (size + 1) // 2
    several = found.said("both") if found.asked("slot", "choice", "appointment") else []
    if item is None and several and answers.listed(context) != 1 and not found.days:
        found.unclear("choice")  # Which of them is asked back.
    if item and not _is_outdone(item, found):
        found.entities["choice"] = choice
        found.days = [day for day in found.days if not day.overlaps(item)]
    elif context.labels and all(item.value.intent is Intent.BOOK for item in found.phrases):
        place = answers.label(found.text, context, found.words.common)
        if place is not None:
            found.entities["choice"] = place
    for kind, earliest in (("earlier_one", True), ("later_one", False)):
        if found.said(kind) and "choice" not in found.entities:
            found.entities |= answers.by_order(context, earliest=earliest)


def _is_outdone(item: Item, found: Findings) -> bool:
    """ "The second of May" is a day or a date of birth, not the second one."""
    rivals = [*found.names, *(day for day in found.days if day.kind != "flexible")]
    return any(
        other.overlaps(item) and other.length > item.length for other in (*rivals, *found.phrases)
    )


def read_loose_words(found: Findings) -> None:
    if found.said("usual"):
        found.entities["usual"] = True
    same = tuple(name for name in _SAME if found.said(f"same_{name}"))
    if same:
        found.entities["same"] = same
    if found.asked("rating"):
        mark = answers.rating(found.chart, found.said("scale"))
        if mark is not None:
            found.entities["rating"] = mark
            found.days = []
    if language := _language_asked_for(found):
        found.entities["language"] = language


def _language_asked_for(found: Findings) -> str | None:
    """Return the language wanted; who says "no hablo inglés" wants the one it is said in."""
    phrases = [item for item in found.phrases if item.value.intent is Intent.LANGUAGE]
    denials = found.said("not", "except")
    wanted: list[str] = []
    unwanted: list[str] = []
    for item in found.chart.items("language"):
        for phrase in phrases:
            if item.overlaps(phrase):
                denied = any(cue.overlaps(phrase) and cue.end <= item.start for cue in denials)
                (unwanted if denied else wanted).append(item.value)
    if not wanted and unwanted and found.words.code not in unwanted:
        wanted = [found.words.code]
    return wanted[-1] if wanted else None


_SAME = ("time", "date", "practitioner", "location")
STEPS = (
    read_phone,
    read_practitioners,
    read_clinic_words,
    read_days_and_times,
    read_identity,
    choose_times,
    read_intents,
    read_choices,
    read_loose_words,
)
