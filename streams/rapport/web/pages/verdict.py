"""The verdict on a client page: what is wrong, since when, what to do next, and the good news."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rapport.domain.concerns import Concern, Verdict
from rapport.language.concerns import describe_acknowledged, describe_concern, describe_since
from rapport.language.language import Language

OTHERS_MAX: Final = 3
"""More concerns are folded."""


@dataclass(frozen=True, slots=True)
class ConcernText:
    """One concern, or one piece of good news, in words."""

    kind: str
    class_: str
    sentence: str
    since: str
    next_step: str
    points: str
    whole_points: int
    is_shared: bool
    acknowledged: str
    """Until when it is acknowledged; empty where it is not."""


@dataclass(frozen=True, slots=True)
class VerdictText:
    """The verdict on a client in words."""

    state: str
    urgency: str
    first: ConcernText | None
    """The concern that counts most; None without one."""
    others: list[ConcernText]
    """The next concerns, at most `OTHERS_MAX`."""
    folded: list[ConcernText]
    """The other concerns, and routine work."""
    news: list[ConcernText]

    @property
    def concerns(self) -> list[ConcernText]:
        """Every concern, the one that counts most first."""
        return [*([self.first] if self.first else []), *self.others, *self.folded]


def verdict_text(
    verdict: Verdict, day: int, names: Mapping[str, str], language: Language
) -> VerdictText:
    """Return the verdict of a day in words; a concern of most clients is never the first.

    `names` are the clients' names by id.
    """
    texts = [_text(concern, day, names, language) for concern in verdict.concerns]
    first = next((text for text in texts if not text.is_shared and text.class_ != "chore"), None)
    rest = sorted(
        (text for text in texts if text is not first), key=lambda text: text.class_ == "chore"
    )
    shown = [text for text in rest if text.class_ != "chore"][:OTHERS_MAX]
    return VerdictText(
        state=verdict.state,
        urgency=language.number(float(verdict.urgency)),
        first=first,
        others=shown,
        folded=rest[len(shown) :],
        news=[_text(concern, day, names, language) for concern in verdict.news],
    )


def _text(concern: Concern, day: int, names: Mapping[str, str], language: Language) -> ConcernText:
    sentence, next_step = describe_concern(concern, names, language)
    return ConcernText(
        kind=concern.kind,
        class_=concern.class_,
        sentence=sentence,
        since=describe_since(concern, day, language),
        next_step=next_step,
        points=language.number(float(concern.points)),
        whole_points=round(concern.points),
        is_shared=concern.is_shared,
        acknowledged=describe_acknowledged(concern, language),
    )
