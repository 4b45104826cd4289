"""`frontdesk phrases`: all sentences of a language, to be pasted into the clinic file."""

import json
from collections.abc import Iterable

import click

from bot.phrases import ALWAYS, languages, own


@click.command()
@click.option(
    "--lang", type=click.Choice(languages()), default="en", help="In which language (default en)."
)
def phrases(lang: str) -> None:
    """Print every sentence, with what must and what may stand in it, to be pasted into the clinic
    file; what is left there is said as it stands."""
    click.echo(f"# Anywhere: {_in_braces(ALWAYS)}\n[phrases.{lang}]")
    for key, text in own.changeable(lang).items():
        click.echo()
        for line in _remarks(lang, key):
            click.echo(f"# {line}")
        click.echo(f"{key} = {json.dumps(text, ensure_ascii=False)}")


def _remarks(language: str, key: str) -> list[str]:
    facts = own.must_name(language, key)
    must = ", ".join(_in_braces(fact, " or ") for fact in facts)
    may = _in_braces(own.may_name(key) - ALWAYS - frozenset().union(*facts))
    return [f"{when}: {words}" for when, words in (("must", must), ("may", may)) if words]


def _in_braces(words: Iterable[str], between: str = " ") -> str:
    return between.join(f"{{{word}}}" for word in sorted(words))
