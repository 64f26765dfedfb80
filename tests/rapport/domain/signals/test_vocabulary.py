"""A vocabulary as a user writes it: how it extends the shipped one, and how faults are named."""

import pytest

from rapport.domain.signals.finder import SignalNames, compile_vocabulary, find_signals
from rapport.domain.signals.vocabulary import VocabularyError, extend_vocabulary, read_vocabulary

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
    source = extend_vocabulary(read_vocabulary(BASE, "base"), read_vocabulary(extra, "extra"))
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
    ("text", "location", "reason"),
    [
        ("[en", "mine", "not TOML"),
        ("[fr]\ncommon = 'le'", "fr (line 1)", "unknown key; allowed keys: nl, en"),
        ("[en.words]\nUpper = 'x'", "en.words.Upper", "pattern"),
        ("[en.words]\na = 3", "en.words.a (line 2)", "valid string"),
        ("[en.words]\na = 'two words'", "en.words.a", "'two words' is not one word"),
        ("[en.words]\na = '*'", "en.words.a", "not one word"),
        ("[en.phrases]\na = '<nobody> x'", "en.phrases.a", "<nobody> is not a class"),
        ("[en.phrases]\na = 'x ..'", "en.phrases.a", "begin and end with a word"),
        ("[en.phrases]\na = 'x | y'", "en.phrases.a", "has no word"),
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
def test_a_fault_is_named_with_its_location_and_reason(text, location, reason):
    with pytest.raises(VocabularyError) as caught:
        compile_vocabulary(read_vocabulary(text, "mine"), "mine")
    assert location in str(caught.value)
    assert reason in str(caught.value)


def test_a_vocabulary_of_a_megabyte_is_refused():
    with pytest.raises(VocabularyError, match="over 1048576 bytes"):
        read_vocabulary("#" * 1_048_577, "mine")


LANGUAGES = """
[nl]
common = "de, het, een, wij"
negations = "niet"
[nl.phrases]
deal = "deal"
[[nl.frames]]
name = "dutch"
signal = "options_open"
all = "deal"
[en]
common = "the, we, a, it"
[en.phrases]
deal = "deal"
[[en.frames]]
name = "english"
signal = "unclear_role"
all = "deal"
"""


@pytest.mark.parametrize(
    ("text", "language", "signals"),
    [
        ("the we it deal", None, ["unclear_role"]),
        ("de het wij deal", None, ["options_open"]),
        ("the we it deal", "nl", ["options_open"]),
        ("the we it deal", "nl-BE", ["options_open"]),
        ("the we it deal", "NL", ["options_open"]),
        ("de het wij deal", "en_GB", ["unclear_role"]),
        ("de het wij deal", "fr", ["options_open"]),
        ("de het wij deal", "", ["options_open"]),
        ("deal", None, ["options_open", "unclear_role"]),
        ("the we de deal", None, ["options_open", "unclear_role"]),
        ("the we it a de het deal", None, ["options_open", "unclear_role"]),
        ("the we it de deal", None, ["unclear_role"]),
    ],
)
def test_a_stated_language_is_read_and_else_the_likely_ones(text, language, signals):
    vocabulary = compile_vocabulary(read_vocabulary(LANGUAGES, "v"), "v")
    found = [one.name for one in find_signals(text, vocabulary, language)]
    assert found == signals
    assert vocabulary.grammars["nl"].common == {"de", "het", "een", "wij"}


SENTENCES = """
[en]
common = "the"
[en.phrases]
a = "aaa"
b = "bbb"
c = "ccc"
d = "ddd eee"
[[en.frames]]
name = "both"
signal = "external_supplier"
all = "a b"
[[en.frames]]
name = "near"
signal = "options_open"
all = "a b"
sentences = 1
none = "c d"
"""


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("aaa bbb", ["external_supplier", "options_open"]),
        ("aaa. bbb", ["external_supplier"]),
        ("bbb. aaa", ["external_supplier"]),
        ("aaa. x. bbb", []),
        ("aaa. x. aaa. bbb", ["external_supplier"]),
        ("aaa bbb ccc", ["external_supplier"]),
        ("aaa bbb ddd eee", ["external_supplier"]),
        ("aaa bbb ddd", ["external_supplier", "options_open"]),
        ("aaa bbb. ccc", ["external_supplier", "options_open"]),
        ("aaa", []),
    ],
)
def test_a_frame_spans_one_sentence_or_two_neighbours(text, signals):
    vocabulary = compile_vocabulary(read_vocabulary(SENTENCES, "v"), "v")
    assert [one.name for one in find_signals(text, vocabulary, "en")] == signals
    assert SignalNames(vocabulary)(text) == tuple(signals)


def test_the_words_of_the_first_of_two_sentences_are_shown():
    vocabulary = compile_vocabulary(read_vocabulary(SENTENCES, "v"), "v")
    found = find_signals("Aaa ccc. Bbb, ccc.", vocabulary, "en")
    assert [(one.name, one.matched, one.frame) for one in found] == [
        ("external_supplier", ("aaa", "bbb"), "both")
    ]


@pytest.mark.parametrize(
    ("choices", "taken"), [("a|b|c|d|e|f|g|h", True), ("a|b|c|d|e|f|g|h|i", False)]
)
def test_a_join_has_so_many_variants_at_most(choices, taken):
    # Eight words of four places are 4,096 variants.
    text = f"[en.joins]\nword = '{' '.join([choices] * 4)}'"
    if taken:
        compile_vocabulary(read_vocabulary(text, "mine"), "mine")
    else:
        with pytest.raises(
            VocabularyError, match=r"mine: en.joins.word: 'a\|.*6561 variants; at most 4096"
        ):
            compile_vocabulary(read_vocabulary(text, "mine"), "mine")


def test_of_joins_that_begin_alike_the_longest_is_tried_first():
    text = "[en.joins]\nshort = 'help desk'\nlong = 'help desk team'\nother = 'help'"
    joins = compile_vocabulary(read_vocabulary(text, "v"), "v").grammars["en"].joins
    assert joins == {"help": ((("desk", "team"), "long"), (("desk",), "short"), ((), "other"))}


@pytest.mark.parametrize(
    ("word", "taken"),
    [
        *(("x", True), ("=x", True), ("*x*", True), ("x>", True), ("<x", True)),
        *(("*", False), ("=*", False), ("two words", False), ("<none>", False)),
    ],
)
def test_what_is_one_word(word, taken):
    source = read_vocabulary(f"[en.words]\na = '{word}'", "mine")
    if taken:
        compile_vocabulary(source, "mine")
    else:
        with pytest.raises(VocabularyError, match=r"mine: en\.words\.a"):
            compile_vocabulary(source, "mine")


def test_a_class_of_words_is_made_of_those_above_it():
    text = "[en.words]\na = '=one, =two'\nb = '<a>, =three'\n[en.phrases]\nc = '<b> four'\n"
    text += "[[en.frames]]\nname = 'f'\nsignal = 'options_open'\nall = 'c'"
    vocabulary = compile_vocabulary(read_vocabulary(text, "v"), "v")
    signals = [
        word for word in ("one", "two", "three", "four") if find_signals(f"{word} four", vocabulary)
    ]
    assert signals == ["one", "two", "three"]
    with pytest.raises(VocabularyError, match="<b> is not a class of words above this line"):
        compile_vocabulary(read_vocabulary("[en.words]\na = '<b>'\nb = '=x'", "v"), "v")


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (
            "signal = 'options_open'\nall = 'a'\nnone = 'zzz'",
            r"'f' names no known group: \['zzz'\]",
        ),
        ("all = 'a'", "'f' needs a signal and groups"),
        ("signal = 'options_open'\nall = ''", "'f' needs a signal and groups"),
    ],
    ids=["unknown guard", "no signal", "no groups"],
)
def test_a_frame_that_cannot_be_met_is_refused(frame, says):
    text = f"[en.phrases]\na = 'x'\n[[en.frames]]\nname = 'f'\n{frame}"
    with pytest.raises(VocabularyError, match=r"mine: en\.frames: frame " + says):
        compile_vocabulary(read_vocabulary(text, "mine"), "mine")
