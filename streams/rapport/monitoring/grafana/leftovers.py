"""Removes what the SDK writes into every document and Grafana does not expect there.

From 12.3 on, Grafana hides the links and annotations with a `placement`, and the SDK always writes
one.
"""

from typing import Any, Final

_UNWANTED: Final = frozenset({"footer", "auto", "auto_min", "auto_count"})
_CONTROLS: Final = "inControlsMenu"
"""Where a `placement` puts a link or an annotation; that of a legend is another one."""
_OF_DATA_LINK: Final = frozenset({"title", "url", "targetBlank"})


def without_leftovers(document: Any) -> Any:
    """Return a dashboard's JSON document without them.

    >>> without_leftovers({"links": [{"title": "Rapport", "placement": "inControlsMenu"}]})
    {'links': [{'title': 'Rapport'}]}
    """
    if isinstance(document, list):
        return [without_leftovers(one) for one in document]
    if not isinstance(document, dict):
        return document
    kept = {
        name: without_leftovers(one)
        for name, one in document.items()
        if name not in _UNWANTED and (name, one) != ("placement", _CONTROLS)
    }
    if "fieldConfig" in kept:
        kept["fieldConfig"] = _with_plain_links(kept["fieldConfig"])
    return kept


def _with_plain_links(config: Any) -> Any:
    """Return a panel's field options, in which a link has the keys of a data link only."""
    if isinstance(config, list):
        return [_with_plain_links(one) for one in config]
    if not isinstance(config, dict):
        return config
    if config.get("id") == "links":
        return {**config, "value": _plain(config["value"])}
    return {
        name: _plain(one) if name == "links" else _with_plain_links(one)
        for name, one in config.items()
    }


def _plain(links: Any) -> list[dict[str, Any]]:
    return [{key: one for key, one in link.items() if key in _OF_DATA_LINK} for link in links]
