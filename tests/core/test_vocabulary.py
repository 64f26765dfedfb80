"""A vocabulary as a user writes it: how it extends the shipped one, and how faults are named."""

import pytest

from rapport.streams.core.signals import compile_vocabulary, find_signals
from rapport.streams.core.vocabulary import VocabularyError, extend, read_vocabulary

BASE = """
[en]
breaks = "so"
negations = "not, never"
[en.joins]
helpdesk = "help desk"
[en.words]
we = "=we, =i"
buy = "buy, =bought"
party = "=agency, startup*, *ware"
[en.phrases]
bought = "<we> .. <buy> .. <party>"
late = "too? late, helpdesk .... slow"
odd = "odd"
[[en.frames]]
name = "bought_late"
signal = "external_supplier"
all = "bought late"
none = "odd"
[[en.frames]]
name = "late_alone"
signal = "options_open"
all = "late"
sentences = 1
"""


def found(text, extra=""):
    source = extend(read_vocabulary(BASE, "base"), read_vocabulary(extra, "extra"))
    return [one.name for one in find_signals(text, compile_vocabulary(source, "v"), "en")]


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("We bought an agency, too late.", ["external_supplier", "options_open"]),
        ("Buying? I buy software. Late.", ["external_supplier", "options_open"]),
        ("We never bought an agency, late", ["options_open"]),
        ("We went so bought an agency late", ["options_open"]),
        ("We a b c d bought an agency late", ["options_open"]),
        ("We bought an odd agency, late", ["options_open"]),
        ("The help desk, so they say, is not quick but slow", ["options_open"]),
        ("We bought an agency. Nice. Late.", ["options_open"]),
        ("we bought startups", []),
    ],
)
def test_a_frame_needs_its_groups_near_each_other_and_no_guard(text, signals):
    assert found(text) == signals


def test_the_matched_words_are_the_reason():
    vocabulary = compile_vocabulary(read_vocabulary(BASE, "base"), "v")
    (first, _) = find_signals("I finally bought some freeware, too late!", vocabulary, "en")
    assert first.matched == ("i finally bought some freeware", "too late")
    assert first.frame == "bought_late"


def test_words_groups_and_frames_can_be_added_and_taken_out():
    assert found("We bought a guild, late", "[en.words]\nparty = 'guild'") == [
        "external_supplier",
        "options_open",
    ]
    assert found("We bought an agency, late", "[en.words]\nparty = '-=agency'") == ["options_open"]
    gone = "[[en.frames]]\nname = 'late_alone'\nremove = true"
    assert found("Late", gone) == []
    added = "[en.phrases]\nhelp = 'please help'\n[[en.frames]]\nname = 'help'\n"
    assert found("Please help", added + "signal = 'unclear_role'\nall = 'help'") == ["unclear_role"]


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("[en", "mine", "not TOML"),
        ("[fr]\ncommon = 'le'", "fr (line 1)", "unknown key; known here: nl, en"),
        ("[en.words]\nUpper = 'x'", "en.words.Upper", "pattern"),
        ("[en.words]\na = 3", "en.words.a (line 2)", "valid string"),
        ("[en.words]\na = 'two words'", "en.words.a", "'two words' is not one word"),
        ("[en.words]\na = '*'", "en.words.a", "not one word"),
        ("[en.phrases]\na = '<nobody> x'", "en.phrases.a", "<nobody> is not a class"),
        ("[en.phrases]\na = 'x ..'", "en.phrases.a", "begin and end with a word"),
        ("[en.phrases]\na = 'x | y'", "en.phrases.a", "holds no word"),
        ("[en.phrases]\na = 'v? w? x? y? z? a'", "en.phrases.a", "optional"),
        ("[en.phrases]\na = 'a b c d e f g h i j k l m'", "en.phrases.a", "at most 12"),
        (f"[en.joins]\na = '{' '.join(['a|b|c|d|e|f|g|h|i'] * 4)}'", "en.joins.a", "variants"),
        ("[[en.frames]]\nname = 'f'\nsignal = 'options_open'", "en.frames", "needs a signal"),
        ("[[en.frames]]\nname = 'f'\nsignal = 'options_open'\nall = 'no'", "en.frames", "['no']"),
        (
            "[[en.frames]]\nname = 'f'\nsignal = 'joy'\nall = 'x'",
            "frames.0.signal (line 3)",
            "input should be",
        ),
        ("[[en.frames]]\nname = 'f'\nsentences = 3", "en.frames.0.sentences", "less than"),
    ],
)
def test_a_fault_is_named_with_its_place_and_reason(text, place, reason):
    with pytest.raises(VocabularyError) as caught:
        compile_vocabulary(read_vocabulary(text, "mine"), "mine")
    assert place in str(caught.value)
    assert reason in str(caught.value)


def test_a_vocabulary_of_a_megabyte_is_refused():
    with pytest.raises(VocabularyError, match="over 1048576 bytes"):
        read_vocabulary("#" * 1_048_577, "mine")
