"""Why no test notices some changes of rules: the entries of `reasons.toml`."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rule_changes import Mutant

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True)
class Reason:
    """A change, or the same change of several rules, that means nothing."""

    rules: tuple[str, ...]
    """Names of rules; `*` stands for any part of a name."""
    changes: tuple[str, ...]
    """The changes in short, as they are printed."""
    why: str
    where: str = ""
    """What the changed part of the expression begins with, where a rule has the change twice."""

    def is_about(self, mutant: Mutant) -> bool:
        return (
            any(fnmatchcase(mutant.rule, rule) for rule in self.rules)
            and mutant.what in self.changes
            and mutant.where.startswith(self.where)
        )


def load_reasons() -> list[Reason]:
    """Return the entries of the file."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["reason"]
    return [
        Reason(tuple(entry["rules"]), tuple(entry["changes"]), entry["why"], entry.get("where", ""))
        for entry in entries
    ]


def reason_of(mutant: Mutant, reasons: list[Reason]) -> Reason | None:
    """Return the entry about a mutant."""
    return next((reason for reason in reasons if reason.is_about(mutant)), None)


def stale(reasons: list[Reason], mutants: list[Mutant]) -> list[str]:
    """Return the parts of entries that no mutant needs: a rule, or a change."""
    found = []
    for reason in reasons:
        about = [mutant for mutant in mutants if reason.is_about(mutant)]
        ruled = {rule for rule in reason.rules for m in about if fnmatchcase(m.rule, rule)}
        unused = {*reason.rules, *reason.changes} - ruled - {mutant.what for mutant in about}
        found += [f"{part}: {reason.why}" for part in sorted(unused)]
    return found
