"""The data files of both languages: equal keys, equal slots, bounded, and refused when wrong."""

from dataclasses import fields
from importlib.resources import files
from string import Formatter

import pytest

from rapport.domain.explanation.language import DUTCH, ENGLISH, FILE_BYTES_MAX, parse_language
from rapport_schemas.wire.errors import RapportError

TABLES = [field.name for field in fields(ENGLISH) if field.name not in ("name", "decimal")]
TEXT_CHARACTERS_MAX = 160
"""The width of two lines of a terminal."""


def texts(language, table):
    """Return key -> text; of a list, by position."""
    found = getattr(language, table)
    return dict(enumerate(found)) if isinstance(found, tuple) else found


def slots(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def data_of(name):
    return files("rapport.domain.explanation").joinpath(name).read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_both_languages_have_the_same_keys_with_the_same_slots(table):
    english, dutch = texts(ENGLISH, table), texts(DUTCH, table)
    assert list(english) == list(dutch)
    assert {key: slots(text) for key, text in english.items()} == {
        key: slots(text) for key, text in dutch.items()
    }


@pytest.mark.parametrize("language", [ENGLISH, DUTCH], ids=["en", "nl"])
def test_each_text_is_one_short_line(language):
    for table in TABLES:
        for key, text in texts(language, table).items():
            assert text == " ".join(text.split()), key
            assert 0 < len(text) <= TEXT_CHARACTERS_MAX, key


def test_the_languages_are_named_and_write_numbers_in_their_own_way():
    assert (ENGLISH.name, ENGLISH.number(1.5), len(ENGLISH.months)) == ("en", "1.5", 12)
    assert (DUTCH.name, DUTCH.number(1.5), len(DUTCH.months)) == ("nl", "1,5", 12)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (data_of("dutch.toml").replace(b"[sides]", b"[other]"), "fr.toml: .*keys: other, sides"),
        (data_of("dutch.toml") + b"#" * FILE_BYTES_MAX, f"at most {FILE_BYTES_MAX} are allowed"),
    ],
    ids=["a table with an unknown name", "too large"],
)
def test_a_wrong_file_is_refused_with_its_name_and_what_is_wrong(data, message):
    with pytest.raises(RapportError, match=message):
        parse_language(data, "fr.toml")


def test_a_file_of_exactly_the_largest_size_is_read():
    data = data_of("dutch.toml")
    padded = data + b"#" * (FILE_BYTES_MAX - len(data))
    assert parse_language(padded, "dutch.toml") == DUTCH
