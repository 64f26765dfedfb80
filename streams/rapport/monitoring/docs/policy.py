"""Renders the page on the policy: allowed values from its models, meanings from default.toml."""

import re
from importlib.resources import files
from typing import Final, NamedTuple

from rapport.domain.documents.fields import DocumentField, document_fields
from rapport.domain.policy.model import Policy
from rapport_schemas.wire.errors import RapportError

SHOWN_CHARACTERS_MAX: Final = 48
_LINE: Final = re.compile(r"^(?P<key>\w+) = (?P<value>.*?)(?:\s+# (?P<comment>.*))?$")
HEAD: Final = (files(__package__) / "policy_head.md").read_text(encoding="utf-8")


class Documented(NamedTuple):
    """The documentation of a key in the bundled file."""

    default: str
    unit: str
    allowed: str
    meaning: str


def default_policy_text() -> str:
    """Return the bundled policy file."""
    return (files("rapport.domain.policy") / "default.toml").read_text(encoding="utf-8")


def documented(text: str) -> dict[str, Documented]:
    """Return the comment beside or above each key: `unit, allowed: meaning`."""
    section, keys = "", {}
    above: list[str] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if line.startswith("["):
            section = line.strip("[]")
        elif match:
            comment = match["comment"] or " ".join(above)
            keys[f"{section}.{match['key']}"] = _documented(match["value"], comment)
        above = [*above, line[2:]] if line.startswith("# ") else []
    return keys


def policy_page() -> str:
    """Return the page, a table a section."""
    keys, lines, section = documented(default_policy_text()), [HEAD], ""
    for field in document_fields(Policy):
        above = ".".join(field.location[:-1])
        if above != section:
            section = above
            lines += [f"\n## {section}\n", "| key | default | unit | allowed | meaning |"]
            lines.append("| --- | --- | --- | --- | --- |")
        lines.append(_row(field, keys))
    return "\n".join([*lines, ""])


def _documented(default: str, comment: str) -> Documented:
    about, _, meaning = comment.partition(": ")
    unit, _, allowed = about.partition(", ")
    return Documented(default.strip(), unit, allowed, meaning)


def _row(field: DocumentField, keys: dict[str, Documented]) -> str:
    key = keys.get(field.name)
    if key is None:
        raise RapportError(f"policy.toml does not hold {field.name}; every key is documented there")
    default = key.default
    if len(default) > SHOWN_CHARACTERS_MAX:
        default = f"{default[:SHOWN_CHARACTERS_MAX]}..."
    allowed = field.allowed or field.kind
    return f"| `{field.location[-1]}` | `{default}` | {key.unit} | {allowed} | {key.meaning} |"
