"""Answered surveys from the rows of a survey export."""

from collections.abc import Iterator
from typing import Any

from rapport.importers.errors import ImportFailed, RowError
from rapport.importers.mapping.cells import Cell
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.schema import SurveyFields
from rapport.importers.rows.answers import Question
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport.importers.rows.row_filters import SkippedRow
from rapport_schemas.survey import Answer, SurveyAnswered


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
        self.questions = [Question(options, header) for options in fields.answers]
        if not any(question.is_present for question in self.questions):
            names = ", ".join(name for answer in fields.answers for name in answer.column)
            raise ImportFailed(
                f"survey.answers: the file has no column of a question; expected one of {names}; "
                f"the columns are {', '.join(map(repr, header.names[:60]))}"
            )

    def events(self, rows: list[Cells], client: str, _record_id: str) -> Iterator[RowEvent]:
        """Yield the survey of a row; raises `SkippedRow` without any answer."""
        row = rows[0]
        answers, unread = self._answers(row)
        if not answers:
            raise unread[0] if unread else SkippedRow("no answer")
        invited = self._invited_on.text(row)
        data: dict[str, Any] = {
            "survey_id": str(self._survey_id.needed(row)),
            "viewpoint": self._viewpoint.needed(row),
            "invited_on": invited and self._dates.reading(invited, None, self._invited_on.path).day,
            "comment": self._comment.text(row),
        }
        at = self._answered_at.needed(row).at
        answered = SurveyAnswered(client=client, answers=answers, **data)
        yield RowEvent("answered", answered, at, tuple(unread), is_partial=bool(unread))

    def _answers(self, row: Cells) -> tuple[list[Answer], list[RowError]]:
        """Return the answers of a row, and why others are not understood."""
        answers, unread = [], []
        for question in self.questions:
            try:
                answer = question.answer(row)
            except RowError as error:
                unread.append(error)
            else:
                answers += [answer] if answer is not None else []
        return answers, unread

    def is_blank(self, row: Cells) -> bool:
        """Return whether a row has neither a time nor an answer that can be read."""
        if has_digit(row_text(self._answered_at.date, row)):
            return False
        return not any(question.reads(row) for question in self.questions)
