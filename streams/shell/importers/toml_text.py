"""Writes a mapping as TOML; the standard library only reads it."""

import json
import re
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: dict[str, Any]) -> str:
    """Return a document of plain values, tables and lists of tables as TOML.

    >>> print(toml_text({"kind": "tickets", "client": {"column": "Unit"}}), end="")
    kind = "tickets"
    <BLANKLINE>
    [client]
    column = "Unit"
    """
    return "\n".join(_table("", document)).lstrip("\n") + "\n"


def _table(name: str, table: dict[str, Any]) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(key, value)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    if name and lines:
        lines = ["", f"[{name}]", *lines]
    for key, value in table.items():
        if key not in plain:
            inner = f"{name}.{_key(key)}".lstrip(".")
            if isinstance(value, dict):
                lines += _table(inner, value)
            else:
                for one in value:
                    lines += [
                        "",
                        f"[[{inner}]]",
                        *(f"{_key(k)} = {_value(v)}" for k, v in one.items()),
                    ]
    return lines


def _is_table(key: str, value: Any) -> bool:
    if key in ("values", "hours"):
        return False
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], dict)
    )


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
