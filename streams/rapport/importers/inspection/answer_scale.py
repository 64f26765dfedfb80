"""Whether a survey's answers fit their scale: its length, its direction, and one word a point."""

from collections import Counter
from collections.abc import Iterator

from rapport.importers.errors import RowError
from rapport.importers.inspection.doubt import Check, Doubt, Example
from rapport.importers.inspection.scale_length import ScaleLength
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.scale_words import ScaleAnswer
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.answers import SETTLE_DIRECTION, Question


class AnswerCheck(Check):
    """What the answers to one question say about its scale."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self.labels: Counter[bool] = Counter()
        """Whether the word says the opposite of its number -> labelled answers."""
        self.opposite: Example | None = None
        self.words: dict[int, dict[float, Example]] = {}
        """Point of the scale -> the ranks of the words on it, with the first of each."""
        self.counts: Counter[int] = Counter()
        self._length = ScaleLength(question.scale)

    def see(self, line: int, cells: Cells) -> None:
        """Count the answer of a row."""
        try:
            found = self._question.column.found(cells)
        except RowError:
            return
        if found is None or self._question.is_no_answer(found[1]):
            return
        answer = self._question.scale.parts(found[1])
        if answer is not None and not answer.is_no_answer:
            example = Example(line, *found)
            self._count(example, answer)
            if not self._question.scale.has_own_numbers:
                self._length.see(example, answer)

    def _count(self, example: Example, answer: ScaleAnswer) -> None:
        if answer.word is None:
            return
        if answer.number is not None:
            if answer.word.rank:
                is_opposite = self._question.scale.contradiction(answer)
                self.labels[is_opposite] += 1
                self.opposite = self.opposite or (example if is_opposite else None)
            return
        point = self._question.scale.point(answer.word)
        if point is not None:
            self.words.setdefault(point, {}).setdefault(answer.word.rank, example)
            self.counts[point] += 1

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for another scale, contradicting labels, and two words on a point."""
        yield from self._length.doubts()
        if self.opposite is not None and self.labels[True] >= self.labels[False]:
            either = ("its number", "its word")
            readings = tuple(f"{which}'s end of the scale" for which in either)
            settle = f"{SETTLE_DIRECTION} settles it"
            yield Doubt(*self.opposite, readings, settle, self.labels[True])
        for point, ranks in self.words.items():
            if len(ranks) > 1:
                first, second = list(ranks.values())[:2]
                settle = (
                    f"{first.text!r} on line {first.line} is too; `values` gives each its point"
                )
                readings = (f"{point}", "another point")
                yield Doubt(*second, readings, settle, self.counts[point])


def answer_checks(mapping: Mapping, header: Header) -> list[AnswerCheck]:
    """Return a check for every question of a survey."""
    options = mapping.survey.answers if mapping.survey else []
    return [AnswerCheck(Question(one, header)) for one in options]
