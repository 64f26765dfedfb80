"""One answer of a survey: the text of a cell, read on the scale of its question."""

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
from rapport.importers.mapping.schema import AnswerOptions, Scalar
from rapport_schemas.survey import Answer

SETTLE_DIRECTION = "`reversed` or `values` of the question"


class Question:
    """One question of a survey, bound to its column."""

    def __init__(self, options: AnswerOptions, header: Header) -> None:
        self._options = options
        self._no_answer = frozenset(text.casefold() for text in options.no_answer)
        self.path = f"survey.answers.{options.question}"
        self._values = Values(options.values)
        self._own_numbers = any(_is_number(text) for text in options.values)
        self._own_words = any(word_of(text) is not None for text in options.values)
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
        if text is None or text.casefold() in self._no_answer:
            return None
        meaning = self._values.find(text)
        score = self._read(text) if meaning is None else self._meant(meaning)
        if score is None:
            return None
        options = self._options
        return Answer(
            question=options.question, score=score, lowest=options.lowest, highest=options.highest
        )

    def parts(self, text: str) -> ScaleAnswer | None:
        """Return the parts of an answer that the mapping's `values` do not explain."""
        if self._values.find(text) is not None or text.casefold() in self._no_answer:
            return None
        return read_answer(text)

    def contradiction(self, answer: ScaleAnswer) -> bool:
        """Return whether the word of an answer says the opposite of its number."""
        number, word, options = answer.number, answer.word, self._options
        if number is None or word is None or not word.rank or answer.is_no_answer:
            return False
        if options.reversed and word.family not in ABSOLUTE:
            return False
        middle = (options.lowest + options.highest) / 2
        return (self._directed(number) - middle) * word.rank < 0

    def point(self, word: Word) -> int | None:
        """Return the point of the scale for a word, or None."""
        return point_of(word.rank, self._options.lowest, self._options.highest)

    def _meant(self, meaning: Scalar) -> int | None:
        return None if meaning == "" else self._scored(whole_number(meaning, self.path))

    def _read(self, text: str) -> int | None:
        answer = read_answer(text)
        if answer is None or (answer.total or self._options.highest) != self._options.highest:
            raise self._error(text, "is not an answer on {scale}; add it to `values`")
        if answer.is_no_answer:
            return None
        if answer.number is None and answer.word is not None:
            return self._of_word(text, answer.word)
        if answer.number is None or self._own_numbers:
            raise self._error(text, "is not among `values`")
        if self.contradiction(answer):
            raise self._error(
                text, f"says the opposite of its number; {SETTLE_DIRECTION} settles it"
            )
        return self._scored(answer.number)

    def _of_word(self, text: str, word: Word) -> int:
        if self._own_words:
            raise self._error(text, "is not among `values`")
        if self._options.reversed and word.family not in ABSOLUTE and word.rank:
            raise self._error(text, "may be the best or the worst under `reversed`; use `values`")
        point = self.point(word)
        if point is None:
            raise self._error(text, "has no point on {scale}; add it to `values`")
        return point

    def _scored(self, score: int) -> int:
        """Return a number of the mapping's scale, the highest as the best."""
        options = self._options
        if not options.lowest <= score <= options.highest:
            raise self._error(str(score), "is outside {scale}")
        return self._directed(score)

    def _directed(self, score: int) -> int:
        options = self._options
        return options.lowest + options.highest - score if options.reversed else score

    def _error(self, text: str, reason: str) -> RowError:
        scale = f"the scale of {self._options.lowest} to {self._options.highest}"
        return RowError(self.path, f"{excerpt(text)} {reason.format(scale=scale)}")


def _is_number(text: str) -> bool:
    answer = read_answer(text)
    return answer is not None and answer.number is not None
