"""Every dashboard, one file each."""

from rapport.monitoring.dashboards.client import CLIENT
from rapport.monitoring.dashboards.fleet import FLEET
from rapport.monitoring.dashboards.pipeline import PIPELINE
from rapport.monitoring.dashboards.suppliers import SUPPLIERS
from rapport.monitoring.dashboards.takeaways import TAKEAWAYS

DASHBOARDS = (FLEET, CLIENT, SUPPLIERS, TAKEAWAYS, PIPELINE)

__all__ = ["CLIENT", "DASHBOARDS", "FLEET", "PIPELINE", "SUPPLIERS", "TAKEAWAYS"]
