"""What each panel of each dashboard must show, from the series as they were scraped."""

from expected_panels.client import CLIENT_BOARD
from expected_panels.fleet import FLEET
from expected_panels.it_activity import IT_ACTIVITY
from expected_panels.pipeline import PIPELINE
from expected_panels.series import Asked
from expected_panels.suppliers import SUPPLIERS

__all__ = ["EXPECTED", "Asked"]
EXPECTED = {
    "client": CLIENT_BOARD,
    "fleet": FLEET,
    "it-activity": IT_ACTIVITY,
    "pipeline": PIPELINE,
    "suppliers": SUPPLIERS,
}
