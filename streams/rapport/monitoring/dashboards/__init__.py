"""Every dashboard, one file each."""

from rapport.monitoring.dashboards.client import CLIENT
from rapport.monitoring.dashboards.fleet import FLEET
from rapport.monitoring.dashboards.it_activity import IT_ACTIVITY
from rapport.monitoring.dashboards.pipeline import PIPELINE
from rapport.monitoring.dashboards.suppliers import SUPPLIERS

DASHBOARDS = (FLEET, CLIENT, SUPPLIERS, IT_ACTIVITY, PIPELINE)

__all__ = ["CLIENT", "DASHBOARDS", "FLEET", "IT_ACTIVITY", "PIPELINE", "SUPPLIERS"]
