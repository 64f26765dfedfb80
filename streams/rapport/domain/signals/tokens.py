"""Tokenizer: free text to sentences of normalized tokens, in bounded, linear time."""

import re
import unicodedata
from typing import Final

TEXT_LENGTH_MAX: Final = 8_192
TOKENS_MAX: Final = 1_200
PAUSE: Final = ","
_PIECES: Final = re.compile(r"[^\W_]+(?:['&][^\W_]+)*|[.!?;]+(?=[\s\"')]|$)|\n|[,:()/]|-(?=\s)")
_TYPOGRAPHY: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2013": ",", "\u2014": ","})
_ENDS: Final = frozenset(".!?;\n")
_IT: Final = frozenset({"IT", "ICT"})
_NEGATED: Final = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "cannot": ("can", "not"),
    **{
        f"{verb}nt": (verb, "not")
        for verb in ("do", "does", "did", "is", "was", "were", "are", "have", "has", "had")
    },
    **{f"{verb}nt": (verb, "not") for verb in ("could", "would", "should")},
    "cant": ("can", "not"),
    "dunno": ("do", "not", "know"),
}


def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the sentences of a text as tokens: lower case, no accents, only IT in capitals.

    A comma replaces each punctuation mark inside a sentence. A longer text is truncated to 8,192
    characters and 1,200 tokens.

    >>> sentences("Wat doet de IT-afdeling? It isn't clear, sorry.")
    (('wat', 'doet', 'de', 'IT', 'afdeling'), ('it', 'is', 'not', 'clear', ',', 'sorry'))
    """
    plain = _plain(text[:TEXT_LENGTH_MAX])
    all_caps = plain.isupper()
    parts: list[tuple[str, ...]] = []
    tokens: list[str] = []
    for piece in _PIECES.findall(plain)[:TOKENS_MAX]:
        if piece[0] in _ENDS:
            if tokens:
                parts.append(tuple(tokens))
                tokens = []
        elif piece in _IT and not all_caps:
            tokens.append("IT")
        elif piece.isalnum():
            low = piece.lower()
            tokens.extend(_NEGATED.get(low, (low,)))
        else:
            tokens.extend(_parts(piece, all_caps=all_caps))
    if tokens:
        parts.append(tuple(tokens))
    return tuple(parts)


def plain_word(word: str) -> str:
    """Return a word normalized like a token: no accents, nothing after an apostrophe.

    >>> plain_word("collega's"), plain_word("financiën")
    ('collega', 'financien')
    """
    return _plain(word).partition("'")[0] or word


def _plain(text: str) -> str:
    plain = text.translate(_TYPOGRAPHY).replace("I.T.", "IT")
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _parts(piece: str, *, all_caps: bool) -> tuple[str, ...]:
    """Return the tokens of a punctuation mark, or of a word with an apostrophe or ampersand."""
    if not piece[0].isalnum():
        return (PAUSE,)
    low = piece.lower()
    if low in _NEGATED:
        return _NEGATED[low]
    if low.endswith("n't"):
        return (low[:-3], "not")
    head = piece.partition("'")[0]
    return ("IT",) if head in _IT and not all_caps else (head.lower(),)
