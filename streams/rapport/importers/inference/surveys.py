"""Proposes the questions of a survey for a file's columns."""

import re
from collections.abc import Sequence
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import CHANGE_ME, Sample, keys_of
from rapport.importers.inference.times import date_field
from rapport.importers.mapping.columns import Cells, plain
from rapport.importers.mapping.scale_words import ScaleAnswer, read_answer, word_of

SCALES: Final = ((1, 5), (1, 7), (0, 10))
_LOW_IS_BEST: Final = re.compile(r"1-?(is-)?best")
_BEST: Final = re.compile(r"(\d+)-?(?:is-)?(?:best|beste)")
_WORST: Final = re.compile(r"(\d+)-?(?:is-)?(?:worst|slechtst|schlechtest)")
_LABELS: Final = re.compile(r"(\d{1,2})\s*[=:]\s*([^\d,;()\[\]/]*[^\d\s,;()\[\]/])")
_RANGE: Final = re.compile(
    r"[(\[](?:schaal |scale |skala )?([01])\s*(?:[-\u2013]|to|tot|t/m|bis)\s*(10|[2-9])[)\]]",
    re.IGNORECASE,
)
NO_LABELS: Final = ("response", "open-ended-response", "antwoord", "reactie", "antwort")
"""What SurveyMonkey writes below the name of a question with one column."""
_UNNAMED: Final = re.compile(r"column \d+")
NO_RESPONSE: Final = {
    "Status": ["Survey Preview", "1", "Spam", "8"],
    "Finished": ["False", "0"],
}
"""Column of Qualtrics -> its values for a preview, spam, or a response that was broken off."""
QUESTIONS: Final = tuple(synonyms.QUESTIONS)


def questions(sample: Sample) -> dict[str, str]:
    """Return question -> the column that probably has its answers."""
    columns: dict[str, str] = {}
    for column in sample.header:
        key = _key(sample.wording(column))
        for question, parts in synonyms.QUESTIONS.items():
            is_named = any(part in key for part in parts)
            if question not in columns and is_named and scale_of(sample.values(column)):
                columns[question] = column
                break
    return columns


def _key(text: str) -> str:
    """Return the key of a whole text; that of a name is cut after 64 characters."""
    return "-".join(keys_of(word)[-1] for word in text.split())


def question_texts(header: Sequence[str], texts: Cells) -> dict[str, str]:
    """Return column -> the text of its question, from the row below the header.

    SurveyMonkey names only the first column of a question with several rows.

    >>> header = ["Rate IT", "column 2", "Why?"]
    >>> question_texts(header, {"Rate IT": "Clear", "column 2": "Fast", "Why?": "Response"})
    {'Rate IT': 'Clear', 'column 2': 'Rate IT: Fast'}
    """
    labels: dict[str, str] = {}
    question = ""
    for column in header:
        text = texts.get(column, "").strip()
        is_unnamed = _UNNAMED.fullmatch(column) is not None
        question = question if is_unnamed else column
        if text and plain(text) not in NO_LABELS:
            labels[column] = f"{question}: {text}" if is_unnamed else text
    return labels


def scale_of(values: Sequence[str]) -> tuple[int, int] | None:
    """Return the scale of answers: numbers, labelled numbers, or words; None for anything else.

    >>> scale_of(["4", "5 - Completely"]), scale_of(["Extremely likely - 10"]), scale_of(["Mail"])
    ((1, 5), (0, 10), None)
    >>> scale_of(["helemaal mee eens", "mee oneens"]), scale_of(["2026-03-02"])
    ((1, 5), None)
    """
    answers = [read_answer(value) for value in values]
    read = [answer for answer in answers if answer is not None and not answer.is_no_answer]
    if not read or None in answers:
        return None
    numbers = {n for answer in read for n in (answer.number, answer.total) if n is not None}
    if not numbers:
        return _scale_of_words(read)
    return next((scale for scale in SCALES if _has(scale, numbers)), None)


def _scale_of_words(answers: Sequence[ScaleAnswer]) -> tuple[int, int]:
    """Return the scale of answers that are words: with plain and weak words it has seven points."""
    strengths = {abs(answer.word.rank) for answer in answers if answer.word}
    return (1, 7) if strengths >= {1.0, 2.0, 3.0} else (1, 5)


def _has(scale: tuple[int, int], numbers: set[int]) -> bool:
    return scale[0] <= min(numbers) and max(numbers) <= scale[1]


def survey_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[survey]` for a file's columns."""
    found = questions(sample)
    answers = [_answer(sample, question, column) for question, column in found.items()]
    if not answers:
        sample.notes.append(
            f"no column looks like a question: put its name in place of {CHANGE_ME}"
        )
        answers.append({"question": "trust", "column": CHANGE_ME})
    for question in QUESTIONS:
        if question not in found:
            sample.note_absent(f"survey.answers.{question}")
    names = synonyms.SURVEY["answered_at"]
    for name in ("survey_id", "viewpoint", "invited_on", "comment"):
        sample.note_absent(f"survey.{name}")
    survey = {
        "answered_at": date_field(sample, "survey.answered_at", names, needed=True),
        "survey_id": {"constant": "survey"},
        "viewpoint": {"constant": "client"},
        "answers": answers,
    }
    skip = _tests_and_breaks(sample)
    return {"survey": survey, **({"skip": skip} if skip else {})}


def _tests_and_breaks(sample: Sample) -> dict[str, list[str]]:
    """Return the values of Qualtrics' columns that say that a response is none, with a note."""
    present = {column: values for column, values in NO_RESPONSE.items() if column in sample.header}
    if not sample.is_survey or not present:
        return {}
    sample.notes.append(
        f"previews, spam and responses that were not finished are left out, by "
        f"{' and '.join(map(repr, present))}; correct [skip] if they count"
    )
    return present


def _answer(sample: Sample, question: str, column: str) -> dict[str, Any]:
    sample.taken.add(column)
    values = sample.values(column)
    wording = sample.wording(column)
    named = named_scale(wording)
    lowest, highest, low_is_best = named or (*(scale_of(values) or (1, 5)), is_low_best(wording))
    answer: dict[str, Any] = {
        "question": question,
        "column": column,
        "lowest": lowest,
        "highest": highest,
    }
    best = lowest if low_is_best else highest
    label = sample.labels.get(column)
    shown = f"{column!r} ({label})" if label else repr(column)
    sample.notes.append(
        f"{shown} is taken as the question {question} on a scale of {lowest} to {highest}, "
        f"{best} is best: check all three"
    )
    outside = _outside(values, lowest, highest) if named else []
    if outside:
        answer["no_answer"] = outside
        sample.notes.append(f"{column!r}: {', '.join(outside)} are taken as no answer")
    return {**answer, "reversed": True} if low_is_best else answer


def is_low_best(column: str) -> bool:
    """Return whether a column's name says that the lowest answer is the best."""
    return _LOW_IS_BEST.search(plain(column)) is not None


def named_scale(column: str) -> tuple[int, int, bool] | None:
    """Return the scale that a column's name says, and whether its lowest is the best.

    >>> named_scale("score_1best_5worst_6_7na"), named_scale("Trust (1 = worst, 10 = best)")
    ((1, 5, True), (1, 10, False))
    """
    best, worst = _BEST.search(plain(column)), _WORST.search(plain(column))
    if best is None or worst is None:
        return _labelled_scale(column) or _range(column)
    lowest, highest = sorted((int(best[1]), int(worst[1])))
    return (lowest, highest, int(best[1]) == lowest) if lowest < highest else None


def _labelled_scale(column: str) -> tuple[int, int, bool] | None:
    """Return the scale of a name that says the words of its ends.

    >>> _labelled_scale("IT (1 = helemaal mee eens, 5 = helemaal mee oneens)")
    (1, 5, True)
    """
    labels = [(int(number), word_of(label)) for number, label in _LABELS.findall(column)]
    ranks = {number: word.rank for number, word in labels if word is not None}
    if len(ranks) < 2 or len(ranks) < len(labels):  # noqa: PLR2004 # both ends
        return None
    lowest, highest = min(ranks), max(ranks)
    return lowest, highest, ranks[lowest] > ranks[highest]


def _range(column: str) -> tuple[int, int, bool] | None:
    """Return the scale of a name that ends with it in brackets, as `I trust IT (1-7)`."""
    found = _RANGE.search(column)
    if found is None or int(found[1]) >= int(found[2]):
        return None
    return int(found[1]), int(found[2]), is_low_best(column)


def _outside(values: Sequence[str], lowest: int, highest: int) -> list[str]:
    """Return the numbers that are not on a scale: codes for no answer."""
    numbers = {int(value) for value in values if value.isascii() and value.isdigit()}
    return [str(number) for number in sorted(numbers) if not lowest <= number <= highest]
