"""Language negotiation for pages (RFC 9110, Accept-Language)."""

from rapport.language.codes import DEFAULT, language_codes
from rapport.language.language import Language, find_language


def negotiate_language(requested: str | None, accepts: str) -> Language:
    """Return the requested language, else the browser's most preferred one, else English.

    `accepts` is the header Accept-Language.

    >>> negotiate_language(None, "fr, nl-BE;q=0.8, en;q=0.7").name
    'nl'
    >>> negotiate_language("en", "nl").name
    'en'
    """
    if requested is not None and requested in language_codes():
        return find_language(requested)
    accepted = [(_quality(part), part.partition(";")[0].strip()[:2]) for part in accepts.split(",")]
    offered = [
        (quality, name) for quality, name in accepted if name in language_codes() and quality > 0
    ]
    return find_language(max(offered, key=lambda pair: pair[0])[1] if offered else DEFAULT)


def _quality(part: str) -> float:
    try:
        return float(part.partition("q=")[2] or 1)
    except ValueError:
        return 0.0
