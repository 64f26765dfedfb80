"""Reads vocabularies of signals, and labelled texts."""

from functools import cache, reduce
from pathlib import Path
from typing import Final

from rapport.domain.signals.evaluation import LabelledText, read_labelled
from rapport.domain.signals.finder import Vocabulary, compile_vocabulary
from rapport.domain.signals.vocabulary import VocabularyError, extend_vocabulary, read_vocabulary
from rapport.runtime.toml_file import read_text
from rapport_schemas.wire.errors import RapportError

SHIPPED_VOCABULARY: Final = tuple(
    Path(__file__).parents[1] / "domain" / "signals" / f"{language}.toml"
    for language in ("en", "nl")
)
LABELLED_BYTES_MAX: Final = 67_108_864


def load_vocabulary(path: Path | None) -> Vocabulary:
    """Return the built-in vocabulary, extended by the file; raises `RapportError` with a reason."""
    return _built_in() if path is None else _compiled(path, str(path))


@cache
def _built_in() -> Vocabulary:
    return _compiled(None, "the built-in vocabulary")


def _compiled(path: Path | None, origin: str) -> Vocabulary:
    files = (*SHIPPED_VOCABULARY, *(() if path is None else (path,)))
    texts = [read_text(file, "the vocabulary", VocabularyError) for file in files]
    sources = [read_vocabulary(text, str(file)) for text, file in zip(texts, files, strict=True)]
    return compile_vocabulary(reduce(extend_vocabulary, sources), origin)


def load_labelled(path: Path) -> list[LabelledText]:
    """Return the labelled texts of a JSON-lines file; raises `RapportError` with the reason."""
    text = read_text(path, "the file of texts", RapportError, LABELLED_BYTES_MAX)
    return list(read_labelled(text.splitlines(), str(path)))
