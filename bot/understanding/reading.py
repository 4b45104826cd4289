"""The way of one message: from text to `Understanding`, one step after the other."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.understanding import (
    amounts,
    asking,
    choosing,
    clinic,
    elsewhere,
    further,
    given_names,
    grammar,
    listing,
    naming,
    refining,
    safety,
    wishing,
)
from bot.understanding.chart import Chart, Item
from bot.understanding.findings import Findings
from bot.understanding.lexicon import Lexicon, lexicon, lexicons
from bot.understanding.meaning import understanding
from bot.understanding.moment import Moment
from bot.understanding.text import Token, clean, tokenise
from bot.understanding.tongue import written_in
from bot.understanding.values import Context, EmergencyKind, Intent, Named, Understanding

LONGEST = 2_000  # Letters that are read; nobody asks for an appointment in more.
LONGEST_FOR_SAFETY = 10_000
_OVERLAP = 100  # So that no phrase of danger falls between the two.
_DEFAULT = "en"
# Each may use what the ones before it found.
STEPS = (
    naming.read_phone,
    naming.read_practitioners,
    elsewhere.read_unknown,
    naming.read_clinic_words,
    wishing.read_days_and_times,
    naming.read_identity,
    wishing.choose_times,
    wishing.read_intents,
    amounts.read_all,
    choosing.read_choices,
    choosing.read_loose_words,
    amounts.read_delay,
    refining.read_refinements,
)


def understand(text: str, context: Context) -> Understanding:
    """Return what a message means in its context. Any text at all has an answer."""
    return meant(read(text, context))


def meant(found: Findings) -> Understanding:
    """Return what the findings mean; an answer, and a question or a further visit beside it, are
    read apart."""
    whole = understanding(found)
    if whole.intent is Intent.EMERGENCY:
        return further.one_more(found, whole)
    place = further.begins(found)
    if place is not None and (both := further.joined(*_parted(found, place))):
        return both
    if people := _named(found):
        return listing.told(whole, people)
    if (place := asking.begins(found)) is not None:
        told, question = _parted(found, place)
        return (told and asking.joined(told, question)) or whole
    return further.one_more(found, whole)


def _named(found: Findings) -> tuple[Named, ...]:
    """Return the several people that a message names, none where it does not."""
    context = replace(found.context, language=found.words.code, asked="name", offer=(), labels=())
    return listing.named(
        understanding(read(part, context)).entities for part in listing.parts(found)
    )


def _parted(found: Findings, place: int) -> tuple[Understanding | None, Understanding]:
    """Return what stands before that place of the text, None if nothing does, and what after it,
    which answers nothing."""
    context = replace(found.context, language=found.words.code)
    before = understanding(read(found.text[:place], context)) if place else None
    apart = replace(context, asked=None, offer=(), labels=())
    return before, understanding(read(found.text[place:], apart))


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
    person writes the two words that come to mind. A name of the language that it is read in is no
    slip of theirs."""
    words = lexicon(language)
    here = clinic.clinic_of(context.directory, words)
    names = lexicon(language_of(text, context)).names
    tokens = _spelt(clean(text, LONGEST_FOR_SAFETY), words, here, names)
    return _danger(grammar.charted(tokens, words), words, here, context.asked)[0]


def language_of(text: str, context: Context) -> str:
    """Return the language to read in: the one known from elsewhere, else the one that the message
    is written in, else the clinic's first."""
    known = lexicons()
    told = (context.language or "")[:2].lower()
    if told in known:
        return told
    spoken = [code for code in context.directory.languages if code in known] or [_DEFAULT]
    return written_in(text, spoken) or spoken[0]


def _spelt(
    text: str, words: Lexicon, here: clinic.Clinic, names: Collection[str] = ()
) -> list[Token]:
    tokens = []
    for token in tokenise(text, words.speller):
        word = token.word
        known = (
            token.is_number
            or word in words.words
            or word in here.by_word
            or word in here.own_words
            or word in names
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


def _danger(
    chart: Chart, words: Lexicon, here: clinic.Clinic, asked: str | None
) -> tuple[EmergencyKind | None, Sequence[Item]]:
    """Return the danger told of. A whole name is none, whatever it means, unless the message tells
    of more."""
    found = safety.emergency(chart, words)
    if found[0] is None:
        return found
    named = clinic.whole_names(chart, here)
    given = given_names.places(chart, words, asked)
    if not named and not given:
        return found
    tokens = [
        token._replace(word="") if place in named | given else token
        for place, token in enumerate(chart.tokens)
    ]
    rest = grammar.charted(tokens, words)
    return found if given and safety.tells_of_danger(rest, words) else safety.emergency(rest, words)


def _begun(text: str, words: Lexicon, context: Context) -> Findings:
    here = clinic.clinic_of(context.directory, words)
    chart = grammar.charted(_spelt(text, words, here), words)
    danger, dangers = _danger(chart, words, here, context.asked)
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
