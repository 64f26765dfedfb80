"""One answer on a scale: the text of a cell, read as a point of a question or a rating."""

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.cells import Values, whole_number
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.scale_words import (
    ABSOLUTE,
    ScaleAnswer,
    Word,
    point_of,
    read_answer,
    word_of,
)
from rapport.importers.mapping.schema import AnswerOptions, RatingOptions
from rapport_schemas.survey import Answer

SETTLE_DIRECTION = "`reversed` or `values` of the question"


class Scale:
    """A scale of whole points, with the meanings that a mapping gives to texts."""

    def __init__(self, options: AnswerOptions | RatingOptions, path: str) -> None:
        self.path = path
        self.lowest, self.highest = options.lowest, options.highest
        self._reversed = isinstance(options, AnswerOptions) and options.reversed
        self._values = Values(options.values)
        self.has_own_numbers = any(_is_number(text) for text in options.values)
        """Whether the mapping says the meaning of numbers, so that no other number is read."""
        self._own_words = any(word_of(text) is not None for text in options.values)

    def score(self, text: str) -> int | None:
        """Return the point of a text, the highest as the best; None for no answer.

        Raises `RowError` for a text that is not understood or is outside the scale.
        """
        meaning = self._values.find(text)
        if meaning is None:
            return self._read(text)
        return None if meaning == "" else self._scored(whole_number(meaning, self.path))

    def parts(self, text: str) -> ScaleAnswer | None:
        """Return the parts of an answer that the mapping's `values` do not explain."""
        return None if self._values.find(text) is not None else read_answer(text)

    def contradiction(self, answer: ScaleAnswer) -> bool:
        """Return whether the word of an answer says the opposite of its number."""
        number, word = answer.number, answer.word
        if number is None or word is None or not word.rank or answer.is_no_answer:
            return False
        if self._reversed and word.family not in ABSOLUTE:
            return False
        middle = (self.lowest + self.highest) / 2
        return (self._directed(number) - middle) * word.rank < 0

    def point(self, word: Word) -> int | None:
        """Return the point of the scale for a word, or None."""
        return point_of(word.rank, self.lowest, self.highest)

    def _read(self, text: str) -> int | None:
        answer = read_answer(text)
        if answer is None or (answer.total or self.highest) != self.highest:
            raise self._error(text, "is not an answer on {scale}; add it to `values`")
        if answer.is_no_answer:
            return None
        if answer.number is None and answer.word is not None:
            return self._of_word(text, answer.word)
        if answer.number is None or self.has_own_numbers:
            raise self._error(text, "is not among `values`")
        if self.contradiction(answer):
            reason = f"says the opposite of its number; {SETTLE_DIRECTION} settles it"
            raise self._error(text, reason)
        return self._scored(answer.number)

    def _of_word(self, text: str, word: Word) -> int:
        if self._own_words:
            raise self._error(text, "is not among `values`")
        if self._reversed and word.family not in ABSOLUTE and word.rank:
            raise self._error(text, "may be the best or the worst under `reversed`; use `values`")
        point = self.point(word)
        if point is None:
            raise self._error(text, "has no point on {scale}; add it to `values`")
        return point

    def _scored(self, score: int) -> int:
        """Return a number of the mapping's scale, the highest as the best."""
        if not self.lowest <= score <= self.highest:
            raise self._error(str(score), "is outside {scale}")
        return self._directed(score)

    def _directed(self, score: int) -> int:
        return self.lowest + self.highest - score if self._reversed else score

    def _error(self, text: str, reason: str) -> RowError:
        scale = f"the scale of {self.lowest} to {self.highest}"
        return RowError(self.path, f"{excerpt(text)} {reason.format(scale=scale)}")


class Question:
    """One question of a survey, bound to its column."""

    def __init__(self, options: AnswerOptions, header: Header) -> None:
        self._options = options
        self._no_answer = frozenset(text.casefold() for text in options.no_answer)
        self.path = f"survey.answers.{options.question}"
        self.scale = Scale(options, self.path)
        self.column = header.find_any(options.column, self.path)

    @property
    def is_present(self) -> bool:
        """Whether the file has this question."""
        return bool(self.column.names)

    def reads(self, row: Cells) -> bool:
        """Return whether a row has an answer to this question."""
        try:
            return self.answer(row) is not None
        except RowError:
            return False

    def answer(self, row: Cells) -> Answer | None:
        """Return the answer of a row, the highest as the best; raises `RowError`."""
        text = self.column.text(row)
        score = None if text is None or self.is_no_answer(text) else self.scale.score(text)
        if score is None:
            return None
        scale = self.scale
        return Answer(
            question=self._options.question,
            score=score,
            lowest=scale.lowest,
            highest=scale.highest,
        )

    def is_no_answer(self, text: str) -> bool:
        """Return whether the mapping says that a text is no answer."""
        return text.casefold() in self._no_answer


def _is_number(text: str) -> bool:
    answer = read_answer(text)
    return answer is not None and answer.number is not None
