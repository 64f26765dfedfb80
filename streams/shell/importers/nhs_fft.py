"""Friends-and-family answers: one dated answer a row; 1 is best, 5 worst, 6 and 7 are no answer."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from rapport.schemas.survey import Answer, SurveyAnswered
from rapport.streams.core.facts import slug
from rapport.streams.shell.importers.row import RowEvent, moment

DATES: Final = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d")
SCORE: Final = "score_1best_5worst_6_7na"
ANSWERS: Final = ("1", "2", "3", "4", "5")
BEST_IS_LOW: Final = 6
Row = Mapping[str, str]


def answer_events(row: Row, shift: timedelta = timedelta()) -> Iterator[RowEvent]:
    """Yield the answer of one row, turned so that 5 is best; nothing when there was no answer."""
    if row[SCORE] not in ANSWERS:
        return
    at = moment(row["date"], *DATES) + shift
    yield RowEvent(
        SurveyAnswered(
            client=slug(f"{row['organisation']} {row['service1']}"),
            survey_id="friends-and-family",
            viewpoint="client",
            answers=[Answer(question="recommend", score=BEST_IS_LOW - int(row[SCORE]))],
        ),
        datetime(at.year, at.month, at.day, 12, tzinfo=UTC),
        f"fft/{row['comment_id']}",
    )
