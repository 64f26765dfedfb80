"""The catalogues: the same keys and slots in each, none unused, bounded, refused when wrong."""

import re
from importlib.resources import files
from io import BytesIO
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from rapport.domain.explanation.change_events import STAGES
from rapport.domain.scoring.participation import ROLES
from rapport.language.catalogue import FILE_BYTES_MAX, NoTexts, read_catalogue
from rapport.language.codes import catalogue_file, language_codes
from rapport.language.language import find_language
from rapport_schemas.wire.errors import RapportError

TEXT_CHARACTERS_MAX = 160
"""The width of two lines of a terminal."""
ROOMS = ("language", "worker", "web", "digest", "cli")
"""Where texts are looked up."""
COMPOSED = (
    *("sort_", "state_", "source_", "where_", "signal_", "legend_"),
    *("form_", "mistake_"),
    *("concern_", "next_", "shared_", "ordinal_", "question_", "step_", "evidence_"),
)
"""Beginnings of keys whose rest is a name from elsewhere."""
SANCTIONS = {"outside", "joint", "sanctioned", "unclassified"}
CHOSEN = {
    *("fell", "gap_over", "gap_under", "criterion_least", "below_target", "on_target"),
    *("at_least", "inferred", "no", "unmet"),
    *("nothing_known", "under_target_of", "rates_lower"),
    *(
        "largest_loss",
        "largest_gain",
        "criterion_lost",
        "last_contact",
        "rarity_some",
        "rarity_very",
    ),
}
"""Texts that are one of two, chosen before they are looked up."""


def data_of(code):
    return catalogue_file(code).read_bytes()


def entries(code):
    """(context, key) -> its forms: one, or as many as the language has plurals."""
    found = read_po(BytesIO(data_of(code)), abort_invalid=True)
    return {
        (
            message.context,
            message.id[0] if isinstance(message.id, tuple) else message.id,
        ): message.string if isinstance(message.string, tuple) else (message.string,)
        for message in found
        if message.id
    }


def slots(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_english_comes_first_and_both_languages_are_there():
    assert language_codes() == ("en", "nl")


@pytest.mark.parametrize("code", language_codes())
def test_each_language_has_every_key_of_english_with_the_same_slots(code):
    english, other = entries("en"), entries(code)
    assert list(english) == list(other)
    for key, forms in other.items():
        for form in forms:
            # A singular may write its number out.
            assert slots(form) | {"n"} == slots(english[key][-1]) | {"n"}, (key, form)
        assert (len(forms) > 1) == (len(english[key]) > 1), key


@pytest.mark.parametrize("code", language_codes())
def test_each_text_is_one_short_line(code):
    for key, forms in entries(code).items():
        for form in forms:
            assert form == " ".join(form.split()), key
            assert 0 < len(form) <= TEXT_CHARACTERS_MAX, key


def test_each_key_is_written_once():
    for code in language_codes():
        found = re.findall(
            r'^(?:msgctxt "(.*)"\n)?msgid "(.+)"$', data_of(code).decode(), re.MULTILINE
        )
        assert len(found) == len(set(found)) == len(entries(code))


def test_each_key_is_used():
    code = "".join(
        file.read_text()
        for room in ROOMS
        for file in files("rapport").joinpath(room).rglob("*")
        if file.suffix in {".py", ".html"}
    )
    used = {*re.findall(r"""\b(?:text|t)\(\s*['"](\w+)['"]""", code), *CHOSEN, *SANCTIONS}
    keys = [key for context, key in entries("en") if context is None]
    assert [key for key in keys if key not in used and not key.startswith(COMPOSED)] == []


def test_names_of_roles_and_stages_have_a_label():
    labelled = entries("en")
    assert {key for context, key in labelled if context == "role"} == set(ROLES)
    assert [key for context, key in labelled if context == "stage"] == list(STAGES)


def test_numbers_days_and_amounts_are_written_as_each_language_does():
    english, dutch = find_language("en"), find_language("nl")
    assert [english.number(1887.25, 1), dutch.number(1887.25, 1)] == ["1,887.2", "1.887,2"]
    assert [english.number(-0.04), dutch.number(-0.05)] == ["0.0", "-0,1"]
    assert [english.whole_percent(0.974), dutch.whole_percent(0.974)] == ["97%", "97%"]
    assert [english.day(20_000), dutch.day(20_000)] == ["4 Oct 2024", "4 okt 2024"]
    assert [english.amount(126855, "GBP"), dutch.amount(126855, "GBP")] == [
        "£1,268.55",
        "£\xa01.268,55",
    ]
    assert english.amount(1268, "JPY") == "JP¥1,268"
    assert [english.listed("abc"), dutch.listed("abc")] == ["a, b and c", "a, b en c"]


def test_one_and_more_have_their_own_form():
    english, dutch = find_language("en"), find_language("nl")
    assert [english.text("days", n=n) for n in (0, 1, 2)] == [
        "0 days ago",
        "1 day ago",
        "2 days ago",
    ]
    assert [dutch.text("days", n=n) for n in (1, 1200)] == ["1 dag geleden", "1.200 dagen geleden"]


def test_a_key_without_a_text_is_refused():
    for code in language_codes():
        with pytest.raises(KeyError, match="no_such_key"):
            find_language(code).text("no_such_key")
        with pytest.raises(KeyError, match="score: no_such_score"):
            find_language(code).scores["no_such_score"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (data_of("nl").replace(b"Language: nl", b"Language: xx"), "fr.po: header Language: .*xx"),
        (b'msgid "days"\nmsgstr "jours"\n', "fr.po: header Language"),
        (b"msgid days", "fr.po: is not a gettext catalogue"),
        (b"\xff", "fr.po: is not a gettext catalogue"),
        (data_of("nl") + b"#" * FILE_BYTES_MAX, f"at most {FILE_BYTES_MAX} are allowed"),
    ],
    ids=["an unknown locale", "no locale", "no catalogue", "no text", "too large"],
)
def test_a_wrong_file_is_refused_with_its_name_and_what_is_wrong(data, message):
    with pytest.raises(RapportError, match=message):
        read_catalogue(data, "fr.po", NoTexts())


def test_a_file_of_exactly_the_largest_size_is_read():
    data = data_of("nl")
    padded = data + b"#" * (FILE_BYTES_MAX - len(data))
    locale, texts = read_catalogue(padded, "nl.po", NoTexts())
    assert (str(locale), texts.pgettext("score", "trust")) == ("nl", "Vertrouwen")


def test_an_unknown_language_is_refused_with_what_is_known():
    with pytest.raises(RapportError, match="'fr' is not known here; expected en or nl"):
        find_language("fr")
