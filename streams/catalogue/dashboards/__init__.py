"""Every dashboard, one file each."""

from rapport.streams.catalogue.dashboards.client import CLIENT
from rapport.streams.catalogue.dashboards.fleet import FLEET
from rapport.streams.catalogue.dashboards.pipeline import PIPELINE
from rapport.streams.catalogue.dashboards.suppliers import SUPPLIERS
from rapport.streams.catalogue.dashboards.takeaways import TAKEAWAYS

DASHBOARDS = (FLEET, CLIENT, SUPPLIERS, TAKEAWAYS, PIPELINE)

__all__ = ["CLIENT", "DASHBOARDS", "FLEET", "PIPELINE", "SUPPLIERS", "TAKEAWAYS"]
