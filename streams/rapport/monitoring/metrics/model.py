"""What a metric is."""

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "rapport_"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One family. `kind` is gauge, counter or histogram; a counter's series end in `_total`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        """The name that a query uses."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


def gauge(name: str, text: str, *labels: str) -> Metric:
    """Return a metric that goes up and down."""
    return Metric(PREFIX + name, "gauge", text, labels)


def counter(name: str, text: str, *labels: str) -> Metric:
    """Return a metric that only grows."""
    return Metric(PREFIX + name, "counter", text, labels)
