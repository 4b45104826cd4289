"""The article that a practitioner's title takes after a preposition: "con la Dra. Patel"."""

import re

ARTICLES = {
    "es": {"female": "la", "male": "el"},
    "fr": {"female": "la", "male": "le"},
    "pt": {"female": "a", "male": "o"},
}
# "avec le Dr Kim", but "avec Mme Lis".
WITH_ARTICLE = {"fr": re.compile(r"(d(r|oct)|pr)", re.IGNORECASE)}


def article(title: str, gender: str | None, language: str) -> str:
    """Return the article, empty where there is none or the clinic has not said which."""
    fitting = WITH_ARTICLE.get(language)
    if not title or (fitting and not fitting.match(title)):
        return ""
    return ARTICLES.get(language, {}).get(gender or "", "")
