"""Who took part in a meeting: not who declined, and no room."""

from typing import Any, Final

_ABSENT: Final = frozenset({"DECLINED", "DELEGATED"})
_THINGS: Final = frozenset({"ROOM", "RESOURCE"})


def took_part(event: Any) -> tuple[str, list[str]]:
    """Return the addresses of the organizer ("" for none) and of the attendees."""
    attendees = listed(event.get("ATTENDEE"))
    present = {_address(one) for one in attendees if _is_present(one)}
    absent = {_address(one) for one in attendees} - present
    organizer = _address(next(iter(listed(event.get("ORGANIZER"))), ""))
    order = dict.fromkeys(map(_address, attendees))
    return ("" if organizer in absent else organizer), [one for one in order if one in present]


def listed(value: Any) -> list[Any]:
    """Return the values of a property that may occur never, once or more often."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_present(attendee: Any) -> bool:
    return (
        _parameter(attendee, "PARTSTAT") not in _ABSENT
        and _parameter(attendee, "CUTYPE") not in _THINGS
        and _parameter(attendee, "ROLE") != "NON-PARTICIPANT"
    )


def _parameter(attendee: Any, name: str) -> str:
    return str(getattr(attendee, "params", {}).get(name, "")).strip().upper()


def _address(value: Any) -> str:
    """Return an e-mail address in lower case, without `mailto:`."""
    return str(value).strip().lower().removeprefix("mailto:").strip()
