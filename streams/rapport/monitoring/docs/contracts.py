"""Renders the page on contracts: each event type with its fields, limits and an example."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

from rapport_schemas.compatibility import inline_references
from rapport_schemas.docs.asyncapi import summary_of
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.docs.render import contract_document, contract_documents
from rapport_schemas.wire.registry import CONTRACTS, EVERY_CONTRACT
from rapport_schemas.wire.topic_names import unprefixed

PATTERN_CHARACTERS_MAX: Final = 80
_RANGES: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("x-from", "x-to", ""),
)
_HEAD: Final = (files(__package__) / "events_head.md").read_text(encoding="utf-8")
_PUBLISHED_HEAD: Final = (files(__package__) / "events_published.md").read_text(encoding="utf-8")


class ContractSummary(NamedTuple):
    """One event type in a list."""

    type: str
    topic: str
    published: bool
    """Rapport publishes it; otherwise Rapport reads it."""
    required: tuple[str, ...]
    summary: str


def contract_summaries() -> list[ContractSummary]:
    """Return every event type, in the order of the table of contracts."""
    documents = contract_documents()
    return [
        ContractSummary(
            name,
            contract.topic,
            name not in CONTRACTS,
            tuple(documents[name]["required"]),
            summary_of(contract),
        )
        for name, contract in EVERY_CONTRACT.items()
    ]


def contracts_page() -> str:
    """Return the page of all contracts, in Markdown; topics without the prefix."""
    topics = {name: unprefixed(contract.topic) for name, contract in EVERY_CONTRACT.items()}
    sections = {name: contract_section(name, topic) for name, topic in topics.items()}
    read = [sections[name] for name in CONTRACTS]
    published = [sections[name] for name in EVERY_CONTRACT if name not in CONTRACTS]
    return "\n".join([_HEAD, "## What Rapport reads\n", *read, _PUBLISHED_HEAD, *published])


def contract_section(name: str, topic: str | None = None) -> str:
    """Return the section of one contract, in Markdown; `topic` replaces the topic's name."""
    document = inline_references(contract_document(name))
    topic = topic or EVERY_CONTRACT[name].topic
    paragraphs = [f"### {name}", f"Topic `{topic}`. {_prose(document)}"]
    rules = [f"- Rule: {rule}" for rule in _rules(document, "")]
    rows = "\n".join([*_TABLE_HEAD, *_rows(document, "", EXAMPLES[name].good)])
    example = json.dumps(EXAMPLES[name].good, indent=2, ensure_ascii=False)
    more = [*(["\n".join(rules)] if rules else []), f"```json\n{example}\n```"]
    return "\n\n".join([*paragraphs, rows, *more]) + "\n"


_TABLE_HEAD: Final = (
    "| field | type | required | meaning | limits | example |",
    "| --- | --- | --- | --- | --- | --- |",
)


def _prose(document: Mapping[str, Any]) -> str:
    return " ".join(str(document["description"]).split())


def _rules(document: Mapping[str, Any], path: str) -> Iterator[str]:
    for rule in document.get("x-rules", ()):
        yield f"`{path}`: {rule}" if path else rule
    for name, field in document.get("properties", {}).items():
        inner, suffix = _inner(field)
        yield from _rules(inner, f"{path}.{name}{suffix}".lstrip("."))


def _inner(field: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the schema of a present value, and `[]` for a list's item."""
    if "anyOf" in field:
        (field,) = (each for each in field["anyOf"] if each.get("type") != "null")
    return (field["items"], "[]") if field.get("type") == "array" else (field, "")


def _rows(document: Mapping[str, Any], path: str, example: Any) -> Iterator[str]:
    for name, field in document["properties"].items():
        inner, suffix = _inner(field)
        value = example.get(name) if isinstance(example, dict) else None
        location = f"{path}{name}{suffix}"
        required = "yes" if name in document.get("required", ()) else _left_out(field)
        meaning = field.get("description", "")
        shown = "" if value is None or "properties" in inner else f"`{_json(value)}`"
        cells = (f"`{location}`", _type(inner), required, meaning, _limits(field, inner), shown)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        if "properties" in inner:
            yield from _rows(inner, f"{location}.", value[0] if isinstance(value, list) else value)


def _left_out(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "no" if default is None else f"no: `{_json(default)}`"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _type(field: Mapping[str, Any]) -> str:
    return str(field.get("format", field["type"]))


def _limits(field: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    layers = [inner] if inner is field else [_present(field), inner]
    return "; ".join(dict.fromkeys(limit for layer in layers for limit in _limits_of(layer)))


def _present(field: Mapping[str, Any]) -> Mapping[str, Any]:
    present = [each for each in field.get("anyOf", ()) if each.get("type") != "null"]
    return present[0] if present else field


def _limits_of(layer: Mapping[str, Any]) -> Iterator[str]:
    for lower, upper, unit in _RANGES:
        if lower in layer or upper in layer:
            yield _range(layer.get(lower), layer.get(upper)) + unit
    if "enum" in layer:
        yield ", ".join(f"`{_json(value)}`" for value in layer["enum"])
    pattern = layer.get("pattern", "")
    if pattern:
        cut = len(pattern) > PATTERN_CHARACTERS_MAX
        yield "a value of the JSON Schema's list" if cut else f"`{pattern}`"


def _range(lowest: Any, highest: Any) -> str:
    if highest is None:
        return f"at least {lowest}"
    return f"at most {highest}" if lowest is None else f"{lowest} to {highest}"
