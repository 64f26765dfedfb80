"""Free text as sentences of plain tokens: bounded, linear, without a regular expression."""

import unicodedata

TEXT_LENGTH_MAX = 8_192
TOKENS_MAX = 1_200
_ENDS = frozenset(".!?;\n")
_NEGATED = {"cant": "can", "wont": "will", "dont": "do", "doesnt": "does", "didnt": "did"}


def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the sentences of a text, each as tokens without accents; only IT keeps its capitals.

    >>> sentences("Wat doet de IT-afdeling? It isn't clear.")
    (('wat', 'doet', 'de', 'IT', 'afdeling'), ('it', 'is', 'not', 'clear'))
    """
    plain = _plain(text[:TEXT_LENGTH_MAX])
    shouting = not any(letter.islower() for letter in plain)
    found: list[tuple[str, ...]] = []
    for words in _split(plain)[:TOKENS_MAX]:
        tokens = tuple(token for word in words for token in _tokens(word, shouting=shouting))
        if tokens:
            found.append(tokens)
    return tuple(found)


def _plain(text: str) -> str:
    plain = text.replace("\u2019", "'").replace("I.T.", "IT").replace("a.u.b.", "aub")
    if plain.isascii():
        return plain
    letters = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _split(text: str) -> list[list[str]]:
    spaced = "".join(
        " " + c + " " if c in _ENDS else c if c.isalnum() or c == "'" else " " for c in text
    )
    found: list[list[str]] = [[]]
    for word in spaced.split(" "):
        if word and word in _ENDS:
            found.append([])
        elif word:
            found[-1].extend(word.split())
    return found


def _tokens(word: str, *, shouting: bool) -> tuple[str, ...]:
    bare = word.strip("'")
    if bare.removesuffix("'s").removesuffix("'ers") in {"IT", "ICT"} and not shouting:
        return ("IT",)
    low = bare.lower()
    if low.endswith("n't"):
        return {"can't": ("can", "not"), "won't": ("will", "not")}.get(low, (low[:-3], "not"))
    if low in _NEGATED:
        return (_NEGATED[low], "not")
    if low == "cannot":
        return ("can", "not")
    head = low.partition("'")[0]
    return (head,) if head else ()
