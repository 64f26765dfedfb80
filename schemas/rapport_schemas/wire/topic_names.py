"""Names of topics and the consumer group, with the prefix of one installation.

Several installations share a Kafka cluster when each has a prefix of its own. The environment
variable `RAPPORT_PREFIX` is read once, at import: every constant with a name is made from it, also
those of a service that only publishes.
"""

import os
import re
from collections.abc import Mapping
from typing import Final

from rapport_schemas.wire.errors import RapportError

PREFIX_VARIABLE: Final = "RAPPORT_PREFIX"
PREFIX_CHARACTERS_MAX: Final = 40
SEPARATOR: Final = "."
"""No name without a prefix has a dot, so names of two prefixes are never equal."""
_PREFIX: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", re.ASCII)


def read_prefix(environment: Mapping[str, str]) -> str:
    """Return the prefix of an environment; empty without one. Raises `RapportError`.

    >>> read_prefix({"RAPPORT_PREFIX": "acme.test"}), read_prefix({})
    ('acme.test', '')
    """
    prefix = environment.get(PREFIX_VARIABLE, "")
    if prefix and not (len(prefix) <= PREFIX_CHARACTERS_MAX and _PREFIX.fullmatch(prefix)):
        shown = prefix[: PREFIX_CHARACTERS_MAX + 1]
        raise RapportError(
            f"{PREFIX_VARIABLE}={shown!r} is not a prefix of topic names; use lower-case letters "
            "and digits, with single dots or hyphens between them, and at most "
            f"{PREFIX_CHARACTERS_MAX} characters, such as test"
        )
    return prefix


PREFIX: Final = read_prefix(os.environ)
"""The prefix of this installation; empty without one."""
_START: Final = f"{PREFIX}{SEPARATOR}" if PREFIX else ""


def prefixed(name: str) -> str:
    """Return the name in Kafka of a topic or a group."""
    return _START + name


def unprefixed(name: str) -> str:
    """Return a name without the prefix: for labels, feeds and documents."""
    return name.removeprefix(_START)
