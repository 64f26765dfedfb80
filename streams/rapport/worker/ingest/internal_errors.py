"""Internal errors: a record on which Rapport fails is rejected with a fingerprint of the error."""

import hashlib
import logging
import traceback

from rapport_schemas.wire.rejection import Rejected

log = logging.getLogger(__name__)


def internal_error(error: Exception) -> Rejected:
    """Return the rejection of a record on which the worker failed.

    The log has the stack, not the text of the error, which may quote the event.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    text = f"{type(error).__name__} at {where}"
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:12]
    log.error(
        "a record could not be read (fingerprint %s): %s\n%s",
        fingerprint,
        type(error).__name__,
        "".join(traceback.format_list(frames)),
    )
    return Rejected("internal-error", "", f"{type(error).__name__}, fingerprint {fingerprint}")
