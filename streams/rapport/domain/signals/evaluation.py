"""Evaluation of signal detection on labelled texts: precision, recall, false alarms, and gates."""

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
    """A line of a labelled file is not a labelled text; the message has its number and why."""


class LabelledText(BaseModel):
    """A text, its language if known, and the signals that a human reader assigned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[FreeText, Field(min_length=1)]
    lang: Literal["en", "nl"] | None = None
    labels: list[SignalName]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The signals that were detected in one labelled text."""

    labelled: LabelledText
    detected: dict[str, Signal]

    @property
    def language(self) -> str:
        """The text's language, or `any`."""
        return self.labelled.lang or ANY_LANGUAGE

    def missed(self) -> list[str]:
        """Return the labels that were not detected (false negatives)."""
        return sorted(set(self.labelled.labels) - set(self.detected))

    def false_alarms(self) -> list[str]:
        """Return the detected signals that are not labels (false positives)."""
        return sorted(set(self.detected) - set(self.labelled.labels))


@dataclass(frozen=True, slots=True)
class Quality:
    """The confusion matrix of one signal in one language, and its ratios."""

    language: str
    signal: str
    true_positives: int
    false_negatives: int
    false_positives: int
    hard_negatives: int
    """Texts without any label."""
    alarms: int
    """Texts without any label in which the signal was detected."""

    @property
    def support(self) -> int:
        """Texts that carry the label."""
        return self.true_positives + self.false_negatives

    @property
    def precision(self) -> float | None:
        """TP / (TP + FP); None when nothing was detected."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        """TP / (TP + FN); None when nothing is labelled."""
        return _ratio(self.true_positives, self.support)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

        >>> Quality("en", "options_open", 8, 2, 1, 10, 0).f1
        0.8421052631578947
        """
        return _ratio(
            2 * self.true_positives,
            2 * self.true_positives + self.false_positives + self.false_negatives,
        )

    @property
    def false_alarms(self) -> float | None:
        """Texts without any label in which the signal was detected, over all such texts."""
        return _ratio(self.alarms, self.hard_negatives)

    @property
    def passed(self) -> bool:
        """Whether every gate with a value holds."""
        return (
            (self.precision is None or self.precision >= PRECISION_MIN)
            and (self.recall is None or self.recall >= RECALL_MIN)
            and (self.false_alarms is None or self.false_alarms <= FALSE_ALARMS_MAX)
        )


def read_labelled(lines: Iterable[str], origin: str) -> Iterator[LabelledText]:
    """Read labelled texts from JSON lines; raises `LabelledTextError` with the line's number."""
    empty = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        empty = False
        try:
            yield LabelledText.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise LabelledTextError(
                f"{origin}, line {number}: {where}: {first['msg']}; expected a JSON object with "
                f'"text", "labels" (of {", ".join(SIGNALS)}) and, if known, "lang" (nl or en)'
            ) from error
    if empty:
        raise LabelledTextError(f"{origin} has no labelled text; expected one JSON object a line")


def judge_texts(texts: Iterable[LabelledText], find: Find) -> list[Verdict]:
    """Detect signals in every text, in the text's own language if it is known."""
    return [
        Verdict(text, {signal.name: signal for signal in find(text.text, text.lang)})
        for text in texts
    ]


def measure_quality(verdicts: Sequence[Verdict]) -> list[Quality]:
    """Return the quality per language and signal, with micro-averages per language (`any`)."""
    table: list[Quality] = []
    for language in sorted({verdict.language for verdict in verdicts}):
        own = [verdict for verdict in verdicts if verdict.language == language]
        rows = [_quality(language, signal, own) for signal in SIGNALS]
        table += [*rows, _micro_average(language, rows, own)]
    return table


def _quality(language: str, signal: str, verdicts: Sequence[Verdict]) -> Quality:
    pairs = [(signal in v.labelled.labels, signal in v.detected) for v in verdicts]
    negatives = [signal in verdict.detected for verdict in verdicts if not verdict.labelled.labels]
    return Quality(
        language,
        signal,
        true_positives=pairs.count((True, True)),
        false_negatives=pairs.count((True, False)),
        false_positives=pairs.count((False, True)),
        hard_negatives=len(negatives),
        alarms=sum(negatives),
    )


def _micro_average(language: str, rows: Sequence[Quality], verdicts: Sequence[Verdict]) -> Quality:
    negatives = [bool(verdict.detected) for verdict in verdicts if not verdict.labelled.labels]
    return Quality(
        language,
        ANY_SIGNAL,
        true_positives=sum(row.true_positives for row in rows),
        false_negatives=sum(row.false_negatives for row in rows),
        false_positives=sum(row.false_positives for row in rows),
        hard_negatives=len(negatives),
        alarms=sum(negatives),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
