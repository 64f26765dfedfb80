"""Every test over time."""

from typing import Final

from rapport.monitoring.rules.over_time.clients import CLIENTS
from rapport.monitoring.rules.over_time.events import EVENTS
from rapport.monitoring.rules.over_time.fleet import FLEET
from rapport.monitoring.rules.over_time.operations import OPERATIONS

OVER_TIME: Final = [*CLIENTS, *FLEET, *OPERATIONS, *EVENTS]
