"""Contracts of survey events: invitations and answers."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rapport_schemas.fields import (
    FREE_TEXT,
    SCALE_RULES,
    EventData,
    FreeText,
    Highest,
    Identifier,
    Lowest,
    Question,
    Score,
    Viewpoint,
    Withdrawal,
    rules,
)
from rapport_schemas.ticket import check_scale


class Answer(BaseModel):
    """One question's answer, on its own scale."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True) | rules(*SCALE_RULES)

    question: Question
    score: Score
    lowest: Lowest = 1
    highest: Highest = 5

    @model_validator(mode="after")
    def _score_on_its_scale(self) -> Self:
        check_scale(self.score, self.lowest, self.highest)
        return self


class SurveyInvited(EventData):
    """A person at the client was invited to a survey."""

    survey_id: Identifier
    viewpoint: Viewpoint = "client"


class SurveyAnswered(EventData):
    """A person answered a survey, from one of three viewpoints."""

    model_config = rules("each question at most once")

    survey_id: Identifier
    viewpoint: Viewpoint
    invited_on: Annotated[
        date | None, Field(description="The day of the invitation that is answered.")
    ] = None
    answers: Annotated[
        list[Answer], Field(min_length=1, max_length=50, description="One answer a question.")
    ]
    comment: Annotated[FreeText | None, Field(description=FREE_TEXT)] = None

    @model_validator(mode="after")
    def _each_question_once(self) -> Self:
        if len({answer.question for answer in self.answers}) != len(self.answers):
            raise ValueError("a question is answered twice")
        return self


class SurveyWithdrawn(Withdrawal):
    """A survey event was wrong and counts no more."""
