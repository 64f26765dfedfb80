"""Which language a page is in."""

from typing import Final

from rapport.domain.explanation.language import LANGUAGES, Language

DEFAULT: Final = "en"


def negotiate_language(asked: str | None, accepts: str) -> Language:
    """Return the language that was asked for, else the one a browser likes best, else English.

    `accepts` is the header Accept-Language.

    >>> negotiate_language(None, "fr, nl-BE;q=0.8, en;q=0.7").name
    'nl'
    >>> negotiate_language("en", "nl").name
    'en'
    """
    if asked is not None and asked in LANGUAGES:
        return LANGUAGES[asked]
    liked = [(_liking(part), part.partition(";")[0].strip()[:2]) for part in accepts.split(",")]
    known = [(liking, name) for liking, name in liked if name in LANGUAGES and liking > 0]
    return LANGUAGES[max(known, key=lambda pair: pair[0])[1] if known else DEFAULT]


def _liking(part: str) -> float:
    try:
        return float(part.partition("q=")[2] or 1)
    except ValueError:
        return 0.0
