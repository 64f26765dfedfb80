"""Every dashboard, in the order of Grafana's list."""

from typing import Final

from rapport.monitoring.dashboards.client import CLIENT
from rapport.monitoring.dashboards.fleet import FLEET
from rapport.monitoring.dashboards.it_activity import IT_ACTIVITY
from rapport.monitoring.dashboards.pipeline import PIPELINE
from rapport.monitoring.dashboards.suppliers import SUPPLIERS

DASHBOARDS: Final = (FLEET, CLIENT, SUPPLIERS, IT_ACTIVITY, PIPELINE)
