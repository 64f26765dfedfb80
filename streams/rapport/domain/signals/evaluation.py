"""How well signals are found in labelled texts: precision, recall, false alarms, and the gates."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rapport.domain.signals.finder import Signal
from rapport_schemas.fields import FreeText
from rapport_schemas.fields import Signal as SignalName
from rapport_schemas.wire.errors import RapportError

PRECISION_MIN: Final = 0.90
RECALL_MIN: Final = 0.60
FALSE_ALARMS_MAX: Final = 0.05
ANY_SIGNAL: Final = "any"
ANY_LANGUAGE: Final = "any"
SIGNALS: Final[tuple[str, ...]] = get_args(get_args(SignalName)[0])

Find = Callable[[str, str | None], Sequence[Signal]]


class LabelledTextError(RapportError):
    """A line of a labelled file that is not a labelled text: which, and why."""


class LabelledText(BaseModel):
    """A text, its language when it is known, and the signals that a person hears in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[FreeText, Field(min_length=1)]
    lang: Literal["en", "nl"] | None = None
    labels: list[SignalName]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one labelled text."""

    labelled: LabelledText
    found: dict[str, Signal]

    @property
    def language(self) -> str:
        """The text's language, or `any`."""
        return self.labelled.lang or ANY_LANGUAGE

    def missed(self) -> list[str]:
        """Return the labels that were not found."""
        return sorted(set(self.labelled.labels) - set(self.found))

    def false_alarms(self) -> list[str]:
        """Return the signals that were found and are not labels."""
        return sorted(set(self.found) - set(self.labelled.labels))


@dataclass(frozen=True, slots=True)
class Quality:
    """One signal in one language: counts of texts, and what they amount to."""

    language: str
    signal: str
    right: int
    missed: int
    wrong: int
    hard_negatives: int
    alarms: int

    @property
    def support(self) -> int:
        """Texts that carry the label."""
        return self.right + self.missed

    @property
    def precision(self) -> float | None:
        """Share of the found that is right; None when nothing was found."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """Share of the labelled that was found; None when nothing is labelled."""
        return _share(self.right, self.support)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

        >>> Quality("en", "options_open", 8, 2, 1, 10, 0).f1
        0.8421052631578947
        """
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    @property
    def false_alarms(self) -> float | None:
        """Share of the texts without any label in which the signal was found."""
        return _share(self.alarms, self.hard_negatives)

    @property
    def passed(self) -> bool:
        """Whether every gate that can be judged holds."""
        return (
            (self.precision is None or self.precision >= PRECISION_MIN)
            and (self.recall is None or self.recall >= RECALL_MIN)
            and (self.false_alarms is None or self.false_alarms <= FALSE_ALARMS_MAX)
        )


def read_labelled(lines: Iterable[str], place: str) -> Iterator[LabelledText]:
    """Read labelled texts from JSON lines; raises `LabelledTextError` with the line's number."""
    empty = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        empty = False
        try:
            yield LabelledText.model_validate_json(line)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise LabelledTextError(
                f"{place}, line {number}: {where}: {first['msg']}; expected a JSON object with "
                f'"text", "labels" (of {", ".join(SIGNALS)}) and, if known, "lang" (nl or en)'
            ) from wrong
    if empty:
        raise LabelledTextError(f"{place} holds no labelled text; expected one JSON object a line")


def judge(texts: Iterable[LabelledText], find: Find) -> list[Verdict]:
    """Look for signals in every text, in the text's own language when it is known."""
    return [
        Verdict(text, {signal.name: signal for signal in find(text.text, text.lang)})
        for text in texts
    ]


def qualities(verdicts: Sequence[Verdict]) -> list[Quality]:
    """Return the quality per language and signal, and per language of `any` signal."""
    found: list[Quality] = []
    for language in sorted({verdict.language for verdict in verdicts}):
        own = [verdict for verdict in verdicts if verdict.language == language]
        rows = [_quality(language, signal, own) for signal in SIGNALS]
        found += [*rows, _together(language, rows, own)]
    return found


def _quality(language: str, signal: str, verdicts: Sequence[Verdict]) -> Quality:
    pairs = [(signal in v.labelled.labels, signal in v.found) for v in verdicts]
    negatives = [signal in verdict.found for verdict in verdicts if not verdict.labelled.labels]
    return Quality(
        language,
        signal,
        right=pairs.count((True, True)),
        missed=pairs.count((True, False)),
        wrong=pairs.count((False, True)),
        hard_negatives=len(negatives),
        alarms=sum(negatives),
    )


def _together(language: str, rows: Sequence[Quality], verdicts: Sequence[Verdict]) -> Quality:
    negatives = [bool(verdict.found) for verdict in verdicts if not verdict.labelled.labels]
    return Quality(
        language,
        ANY_SIGNAL,
        right=sum(row.right for row in rows),
        missed=sum(row.missed for row in rows),
        wrong=sum(row.wrong for row in rows),
        hard_negatives=len(negatives),
        alarms=sum(negatives),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
