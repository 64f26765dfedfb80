"""Codes: which languages there are, known without reading one."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

CATALOGUES: Final[Traversable] = files("rapport.language").joinpath("catalogues")
"""The directory of the languages, one file each; a file more is a language more."""
SUFFIX: Final = ".po"
DEFAULT: Final = "en"


def language_codes() -> tuple[str, ...]:
    """Return the codes of all languages, English first.

    >>> language_codes()[:2]
    ('en', 'nl')
    """
    names = (file.name for file in CATALOGUES.iterdir() if file.name.endswith(SUFFIX))
    codes = (name.removesuffix(SUFFIX) for name in names)
    return tuple(sorted(codes, key=lambda code: (code != DEFAULT, code)))


def catalogue_file(code: str) -> Traversable:
    """Return the file of a language."""
    return CATALOGUES.joinpath(code + SUFFIX)
