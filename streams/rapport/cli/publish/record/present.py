"""Present state of what is recorded already, as a worker has it: what is not typed stays."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from rapport.cli.options import web_access, worker_url
from rapport.cli.publish.record.kinds import RecordKind
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport_schemas.wire.errors import RapportError

_LISTS: Final = {"promise": "promises", "action": "actions", "note": "notes"}
"""Kind -> its list in the worker's answer."""


class PresentState(NamedTuple):
    """The fields of an entry, and its revision."""

    values: Mapping[str, Any]
    revision: int

    def changed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields with what is given in the place of what was.

        >>> present = PresentState({"status": "done", "done_on": "2026-03-02"}, 7)
        >>> present.changed({"status": "open", "done_on": None})
        {'status': 'open', 'done_on': None}
        """
        values = {
            name: self.values.get(name) if value is None else value for name, value in given.items()
        }
        if "done_on" in values and values["status"] != "done" and given["done_on"] is None:
            values["done_on"] = None
        return values


def present_state(
    kind: RecordKind, client: str, entry_id: str, options: Mapping[str, Any]
) -> PresentState:
    """Return what a worker has under an id; raises `RapportError` with what to give instead."""
    from rapport.web.client import fetch_json

    url = worker_url(options["url"])
    access = web_access(options["ca_file"], options["user"], options["password_file"])
    answer = fetch_json(f"{url}/clients/{quote(client, safe='')}/desk", access)
    for one in answer[_LISTS[kind.name]]:
        if one["source"] == RECORDED_SOURCE and one[str(kind.id_field)] == entry_id:
            return _state(one, options)
    raise RapportError(
        f"the worker at {url} has no {kind.name} of {client} with the id {entry_id!r} that was "
        "recorded by a form or by `rapport record`; for a new one give all that it needs"
    )


def _state(one: Mapping[str, Any], options: Mapping[str, Any]) -> PresentState:
    if one["has_hidden_link"] and options["link"] is None:
        raise RapportError(
            "it has a link that the worker does not show, as its host is not allowed; give the "
            "link with --link, or allow its host (`rapport worker --link-host`)"
        )
    return PresentState(one, one["revision"])
