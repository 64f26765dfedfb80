"""Words, labelled numbers and stars of answers: in four languages, each on one place."""

import tomllib
from importlib.resources import files

import pytest

from rapport.importers.mapping import scale_words
from rapport.importers.mapping.scale_words import WORDS, point_of, read_answer, word_of

FIVE = {
    "Dutch": [
        "Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens",
    ],
    "Dutch, in full": [
        "Ik ben het er helemaal niet mee eens", "Niet mee eens", "Niet mee eens, niet mee oneens",
        "Ik ben het er mee eens", "Ik ben het er volledig mee eens",
    ],
    "Dutch, short": [
        "Zeer oneens", "Oneens", "Eens noch oneens", "Eens", "Zeer eens",
    ],
    "Belgian Dutch": [
        "Helemaal niet akkoord", "Eerder niet akkoord", "Noch akkoord, noch niet akkoord",
        "Eerder akkoord", "Helemaal akkoord",
    ],
    "Dutch, satisfaction": [
        "Zeer ontevreden", "Ontevreden", "Niet tevreden, niet ontevreden", "Tevreden",
        "Zeer tevreden",
    ],
    "Dutch, chance": [
        "Zeer onwaarschijnlijk", "Onwaarschijnlijk", "Neutraal", "Waarschijnlijk",
        "Zeer waarschijnlijk",
    ],
    "Dutch, intention": [
        "Zeker niet", "Waarschijnlijk niet", "Misschien", "Waarschijnlijk wel", "Zeker wel",
    ],
    "English, with a remark": [
        "Strongly disagree (no)", "Disagree", "Neutral (neither agree nor disagree)", "Agree",
        "Strongly agree (yes)",
    ],
    "German, satisfaction of five": [
        "Sehr unzufrieden", "Eher unzufrieden", "Neutral", "Eher zufrieden", "Sehr zufrieden",
    ],
    "Dutch, frequency": ["Nooit", "Zelden", "Soms", "Vaak", "Altijd"],
    "Dutch, quality": ["Zeer slecht", "Slecht", "Neutraal", "Goed", "Zeer goed"],
    "English": [
        "Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree",
    ],
    "English, Qualtrics": [
        "STRONGLY DISAGREE", "Somewhat disagree", "Neutral", "Somewhat agree", "strongly  agree",
    ],
    "English, behind": [
        "Disagree strongly", "Tend to disagree", "Neither", "Tend to agree", "Agree completely",
    ],
    "English, satisfaction": [
        "Very unsatisfied", "Dissatisfied", "Neither satisfied nor dissatisfied", "Satisfied",
        "Very satisfied",
    ],
    "English, chance": [
        "Very unlikely", "Unlikely", "Neither likely nor unlikely", "Likely", "Extremely likely",
    ],
    "English, frequency": ["Never", "Rarely", "Sometimes", "Often", "Always"],
    "German": [
        "Stimme überhaupt nicht zu", "Stimme nicht zu", "teils/teils", "Stimme zu",
        "Stimme voll und ganz zu",
    ],
    "German, trifft zu": [
        "Trifft gar nicht zu", "Trifft eher nicht zu", "Weder noch", "Trifft eher zu",
        "Trifft voll zu",
    ],
    "German, satisfaction": [
        "Sehr unzufrieden", "Unzufrieden", "Weder zufrieden noch unzufrieden", "Zufrieden",
        "Sehr zufrieden",
    ],
    "German, frequency": ["Nie", "Selten", "Manchmal", "Häufig", "Immer"],
    "French": [
        "Pas du tout d'accord", "Pas d\u2019accord", "Ni d'accord, ni pas d'accord", "D'accord",
        "Tout à fait d\u2019accord",
    ],
    "French, satisfaction": [
        "Très insatisfait", "Insatisfaite", "Ni satisfait ni insatisfait", "Satisfaite",
        "Très satisfait(e)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", FIVE.values(), ids=FIVE)
def test_five_words_are_the_five_points(words):
    assert [point_of(word_of(word).rank, 1, 5) for word in words] == [1, 2, 3, 4, 5]


def test_seven_words_are_the_seven_points():
    words = [
        *("Strongly disagree", "Disagree", "Somewhat disagree", "Neither agree nor disagree"),
        *("Somewhat agree", "Agree", "Strongly agree"),
    ]
    assert [point_of(word_of(word).rank, 1, 7) for word in words] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("scale", "points"),
    [
        ((1, 2), [1, 1, 1, None, 2, 2, 2]),
        ((1, 3), [1, 1, 1, 2, 3, 3, 3]),
        ((1, 4), [1, 2, 2, None, 3, 3, 4]),
        ((0, 4), [0, 1, 1, 2, 3, 3, 4]),
        ((1, 6), [1, 2, 3, None, 4, 5, 6]),
        ((0, 10), [None] * 7),
    ],
    ids=str,
)
def test_a_word_has_a_point_or_none_on_other_scales(scale, points):
    assert [point_of(rank, *scale) for rank in (-3, -2, -1, 0, 1, 2, 3)] == points


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4),
        ("4.0", 4),
        ("4,0", 4),
        ("(4)", 4),
        ("5 - Completely", 5),
        ("5 - It's extremely clear", 5),
        ("5 \u2013 helemaal mee eens", 5),
        ("5: helemaal", 5),
        ("5. Ja, helemaal", 5),
        ("5) helemaal", 5),
        ("(5) Very satisfied", 5),
        ("[5] Very satisfied", 5),
        ("Very satisfied [5]", 5),
        ("Very satisfied (5)", 5),
        ("5 (zeer tevreden)", 5),
        ("5 = zeer tevreden", 5),
        ("10 = zeer waarschijnlijk", 10),
        ("Extremely likely - 10", 10),
        ("Extremely likely (10)", 10),
        ("Extremely likely 10", 10),
        ("Not at all likely - 0", 0),
        ("4 stars", 4),
        ("4 sterren", 4),
        ("4\u2b50", 4),
        ("\u2605\u2605\u2605\u2605", 4),
        ("\u2b50\ufe0f\u2b50\ufe0f", 2),
    ],
)
def test_the_number_of_a_label_counts(text, number):
    answer = read_answer(text)
    assert (answer.number, answer.total) == (number, None)


@pytest.mark.parametrize(
    ("text", "number", "total"),
    [
        ("4/5", 4, 5),
        ("4 / 5", 4, 5),
        ("8 out of 10", 8, 10),
        ("8 of 10", 8, 10),
        ("4 van de 5", 4, 5),
        ("8 op 10", 8, 10),
        ("10/10 - excellent", 10, 10),
        ("4 von 5", 4, 5),
        ("4 sur 5", 4, 5),
        ("4/5 stars", 4, 5),
        ("\u2605\u2605\u2605\u2606\u2606", 3, 5),
    ],
)
def test_an_answer_that_names_its_scale(text, number, total):
    answer = read_answer(text)
    assert (answer.number, answer.total) == (number, total)


@pytest.mark.parametrize(
    "text",
    [
        *("{question_not_shown}", "N/A", "n.v.t.", "NVT", "Niet van toepassing", "Weet niet"),
        *("weet ik niet / geen mening", "Geen mening", "Don't know", "don\u2019t know", "-"),
        *("keine Angabe", "Weiß nicht", "Ne sait pas", "Sans opinion", "Not applicable"),
        *("Weet niet/n.v.t.", "N/A - not applicable", "Don't know or not applicable"),
        *("Weiß nicht / keine Angabe", "Ik weet het niet"),
        *("6 - weet niet", "Niet van toepassing (9)"),
    ],
)
def test_what_is_no_answer(text):
    assert read_answer(text).is_no_answer


@pytest.mark.parametrize(
    "text",
    ["A1", "AO05", "4-5", "3 - 4 keer", "4,5", "4th", "perfect", "fair", "да", "???", "3 or 4"],
)
def test_what_is_not_understood(text):
    assert read_answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("2 complaints", "Room 5", "5 years", "3 keer", "Zimmer 4", "1 fois par mois", "Level 3"),
        *("Room-5", "COVID-1", "3 of 5 rooms", "2 van de 4 laptops"),
    ],
)
def test_a_number_of_something_else_is_no_answer(text):
    assert read_answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("5 very satisfied", "zeer tevreden 5", "5 points", "5 Sterne", "5 étoiles", "5 punten"),
        *("5 [heel goed]", "Room = 5", "5/5 points", "5 van 5 (top)", "5 of 5 very good"),
    ],
)
def test_a_number_with_a_mark_a_known_word_or_a_unit_is_an_answer(text):
    assert read_answer(text).number == 5


def test_no_word_has_two_meanings():
    text = (files(scale_words.__package__) / "scale_words.toml").read_text()
    meanings = {}
    for family, ranks in tomllib.loads(text).items():
        for rank, patterns in ranks.items():
            for pattern in patterns:
                for word in scale_words._patterns(pattern):  # of the data's notation
                    meanings.setdefault(scale_words._key(word), set()).add((family, rank))
    assert len(meanings) == len(WORDS)
    assert [word for word, found in meanings.items() if len(found) > 1] == []
