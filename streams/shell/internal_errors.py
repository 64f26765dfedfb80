"""What becomes of a record that Rapport itself failed on: a dead letter with a fingerprint."""

import hashlib
import logging

from rapport.schemas.rejections import Rejected

log = logging.getLogger(__name__)


def internal_error(error: Exception) -> Rejected:
    """Return the rejection of a record that the worker itself failed on, with a fingerprint."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    text = f"{type(error).__name__} at {where}"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:12]
    log.error("a record could not be read (fingerprint %s)", fingerprint, exc_info=error)
    return Rejected("internal-error", "", f"{type(error).__name__}, fingerprint {fingerprint}")
