"""Answered surveys from the rows of a survey export."""

from collections.abc import Iterator
from typing import Any

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.mapping.cells import Cell, whole_number
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.schema import AnswerOptions, SurveyFields
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport.importers.rows.row_filters import SkippedRow
from rapport_schemas.survey import Answer, SurveyAnswered


class Question:
    """One question of a survey, bound to its column."""

    def __init__(self, options: AnswerOptions, header: Header) -> None:
        self._options = options
        self._no_answer = frozenset(text.casefold() for text in options.no_answer)
        self.path = f"survey.answers.{options.question}"
        self._cell = Cell(options, header, self.path, optional=True)

    @property
    def is_present(self) -> bool:
        """Whether the file has this question."""
        return bool(self._cell.column.names)

    def reads(self, row: Cells) -> bool:
        """Return whether a row has an answer to this question."""
        try:
            return self.answer(row) is not None
        except RowError:
            return False

    def answer(self, row: Cells) -> Answer | None:
        """Return the answer of a row, the highest as the best; raises `RowError`."""
        text = self._cell.column.text(row)
        if text is None or text.casefold() in self._no_answer:
            return None
        value, options = self._cell.value(row), self._options
        if value is None:
            return None
        score = whole_number(value, self.path)
        if not options.lowest <= score <= options.highest:
            reason = f"{score} is outside the scale of {options.lowest} to {options.highest}"
            raise RowError(self.path, reason)
        if options.reversed:
            score = options.lowest + options.highest - score
        return Answer(
            question=options.question, score=score, lowest=options.lowest, highest=options.highest
        )


class SurveyRows:
    """The mapping of survey answers, bound to a file."""

    def __init__(self, fields: SurveyFields, header: Header, dates: DateReader) -> None:
        self._dates = dates
        self._answered_at = DateCell(
            fields.answered_at, header, dates, "survey.answered_at", optional=False
        )
        self._invited_on = header.find_any(fields.invited_on, "survey.invited_on")
        self._comment = header.find_texts(fields.comment, "survey.comment")
        self._survey_id = Cell(fields.survey_id, header, "survey.survey_id")
        self._viewpoint = Cell(fields.viewpoint, header, "survey.viewpoint")
        self._questions = [Question(options, header) for options in fields.answers]
        if not any(question.is_present for question in self._questions):
            names = ", ".join(name for answer in fields.answers for name in answer.column)
            raise ImportFailed(
                f"survey.answers: the file has no column of a question; expected one of {names}; "
                f"the columns are {', '.join(map(repr, header.names[:60]))}"
            )

    def events(self, rows: list[Cells], client: str, _record_id: str) -> Iterator[RowEvent]:
        """Yield the survey of a row; raises `SkippedRow` without any answer."""
        row = rows[0]
        answers = [answer for one in self._questions if (answer := one.answer(row)) is not None]
        if not answers:
            raise SkippedRow("no answer")
        invited = self._invited_on.text(row)
        data: dict[str, Any] = {
            "survey_id": str(self._survey_id.needed(row)),
            "viewpoint": self._viewpoint.needed(row),
            "invited_on": invited and self._dates.reading(invited, None, self._invited_on.path).day,
            "comment": self._comment.text(row),
        }
        at = self._answered_at.needed(row).at
        yield RowEvent("answered", SurveyAnswered(client=client, answers=answers, **data), at)

    def is_blank(self, row: Cells) -> bool:
        """Return whether a row has neither a time nor an answer that can be read."""
        if has_digit(row_text(self._answered_at.date, row)):
            return False
        return not any(question.reads(row) for question in self._questions)
