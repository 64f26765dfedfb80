"""The words of one language: labels by name, and sentences with places for numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SILENT: Final = re.compile(
    r"source (?P<source>\w+): silent for (?P<days>\d+) days, (?P<usual>\d+) are usual"
)
"""How `sources.freshness` names a broken source."""


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that is said in one language."""

    scores: Mapping[str, str]
    components: Mapping[str, str]
    kinds: Mapping[str, str]
    missing: Mapping[str, str]
    """Inputs that may be unknown, where they are not called as a component is."""
    stages: tuple[str, str, str]
    roles: Mapping[str, str]
    patterns: Mapping[str, str]
    views: Mapping[str, str]
    """Whose view a part of the perception gap belongs to."""
    sides: Mapping[str, str]
    """Whom IT's own view is held against."""
    decimal: str
    """The decimal sign."""
    months: tuple[str, ...]
    sentences: Mapping[str, str]

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values filled in."""
        return self.sentences[sentence].format(**values)

    def number(self, value: float, decimals: int) -> str:
        """Return a number with its decimals; what rounds to nothing has no sign."""
        return f"{value:z.{decimals}f}".replace(".", self.decimal)

    def points(self, ratio: float, *, signed: bool = False) -> str:
        """Return a ratio in points of a hundred."""
        sign = "+" if signed and round(ratio * 100, 1) > 0 else ""
        return sign + self.number(ratio * 100, 1)

    def component(self, name: str) -> str:
        """Return what a component is called; a part of the perception gap names its view."""
        view, _, source = name.partition(".")
        if source and view in self.views:
            return f"{self.views[view]}: {self.components[source]}"
        return self.components[name]

    def input(self, name: str) -> str:
        """Return what a missing input is called; a broken source is told with its silence."""
        silent = _SILENT.fullmatch(name)
        if silent:
            return self.say("silent", **silent.groupdict())
        view, _, source = name.partition(".")
        if source in self.components and view in self.views:
            return self.component(name)
        return self.missing.get(name) or self.components.get(name) or name
