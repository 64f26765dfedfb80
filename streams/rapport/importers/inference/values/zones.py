"""Proposes the zone of times that have none, and offers the zone of this machine."""

from typing import Final, NamedTuple

EXAMPLE: Final = "Europe/Amsterdam"


class Zone(NamedTuple):
    """The zone of a mapping, a comment that offers one, and a note on what to check."""

    name: str | None
    """None where nothing says a zone: an import then reads times as UTC, and says so."""
    comment: str | None
    note: str | None


def propose_zone(
    given: str | None, own: str | None, *, is_timed: bool, said_by: str | None
) -> Zone:
    """Return the zone to write.

    `given` is the user's, `own` that of this machine, `said_by` what in the file says a zone.

    >>> propose_zone(None, "Europe/Paris", is_timed=True, said_by=None).comment
    'zone = "Europe/Paris" # the zone of this machine; without a zone times are read as UTC'
    """
    if given:
        return Zone(given, None, f"times without a zone are read in {given}, as --zone says")
    if not is_timed:
        return Zone(None, None, None)
    if said_by:
        return Zone(None, None, f"{said_by} says the zone of the times")
    whose = "the zone of this machine" if own else "an example"
    zone = own or EXAMPLE
    return Zone(
        None,
        f'zone = "{zone}" # {whose}; without a zone times are read as UTC',
        "the times have no zone: they are read as UTC, so they are hours wrong if the export is in "
        f"local time. Say which zone they are in: --zone {zone} ({whose}), or `zone` in [dates]",
    )
