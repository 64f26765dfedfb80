"""Survey events: somebody was invited to answer; somebody answered."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rapport.schemas.fields import EventData, FreeText, Identifier, Question, Score, Viewpoint
from rapport.schemas.ticket import check_scale


class Answer(BaseModel):
    """One question's answer, on its own scale."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    question: Question
    score: Score
    lowest: Score = 1
    highest: Score = 5

    @model_validator(mode="after")
    def _score_on_its_scale(self) -> Self:
        check_scale(self.score, self.lowest, self.highest)
        return self


class SurveyInvited(EventData):
    """Somebody at the client was asked to answer."""

    survey_id: Identifier
    viewpoint: Viewpoint = "client"


class SurveyAnswered(EventData):
    """Somebody answered, from one of three viewpoints."""

    survey_id: Identifier
    viewpoint: Viewpoint
    invited_on: date | None = None
    answers: Annotated[list[Answer], Field(min_length=1, max_length=50)]
    comment: FreeText | None = None

    @model_validator(mode="after")
    def _each_question_once(self) -> Self:
        if len({answer.question for answer in self.answers}) != len(self.answers):
            raise ValueError("a question is answered twice")
        return self
