"""Reads the files that signals need: vocabularies, and labelled texts."""

from functools import reduce
from pathlib import Path
from typing import Final

from rapport.schemas.errors import RapportError
from rapport.streams.core.signal_quality import LabelledText, read_labelled
from rapport.streams.core.signals import Vocabulary, compile_vocabulary
from rapport.streams.core.vocabulary import VOCABULARY_BYTES_MAX, extend, read_vocabulary

SHIPPED_VOCABULARY: Final = tuple(
    Path(__file__).parents[1] / "core" / f"signals.{language}.toml" for language in ("en", "nl")
)
LABELLED_BYTES_MAX: Final = 67_108_864


def load_vocabulary(path: Path | None) -> Vocabulary:
    """Return the shipped vocabulary, extended by the file; raises `RapportError` with why not."""
    files = (*SHIPPED_VOCABULARY, *(() if path is None else (path,)))
    sources = [read_vocabulary(_text(file, VOCABULARY_BYTES_MAX), str(file)) for file in files]
    return compile_vocabulary(reduce(extend, sources), str(path or "the shipped vocabulary"))


def load_labelled(path: Path) -> list[LabelledText]:
    """Return the labelled texts of a JSON-lines file; raises `RapportError` with why not."""
    return list(read_labelled(_text(path, LABELLED_BYTES_MAX).splitlines(), str(path)))


def _text(file: Path, bytes_max: int) -> str:
    try:
        size = file.stat().st_size
        if size > bytes_max:
            raise RapportError(f"{file} has {size} bytes; at most {bytes_max} are read")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RapportError(
            f"{file} cannot be read: {error}; give a file of text in UTF-8"
        ) from error
