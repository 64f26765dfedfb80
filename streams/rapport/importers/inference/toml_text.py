"""A proposed mapping as TOML: short tables on one line, and comments beside values."""

from typing import Any, Final

import tomlkit

INLINE: Final = (
    "values",
    "hours",
    "opened_at",
    "resolved_at",
    "updated_at",
    "due",
    "answered_at",
    "purchased_on",
)


def mapping_text(document: dict[str, Any], comments: dict[str, str]) -> str:
    """Return a mapping's text; `comments` are lines below the keys of a table, such as `dates`."""
    return tomlkit.dumps(_layout(document, comments))


def _layout(table: dict[str, Any], comments: dict[str, str]) -> dict[str, Any]:
    layout: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, list):
            layout[key] = [_layout(one, {}) if isinstance(one, dict) else one for one in value]
        elif not isinstance(value, dict):
            layout[key] = value
        elif key in INLINE:
            layout[key] = tomlkit.inline_table()
            layout[key].update(value)
        elif value:
            layout[key] = _commented(_layout(value, {}), comments.get(key))
    return layout


def _commented(layout: dict[str, Any], comment: str | None) -> Any:
    if comment is None:
        return layout
    table = tomlkit.table()
    table.update(layout)
    table.add(tomlkit.comment(comment))
    return table
