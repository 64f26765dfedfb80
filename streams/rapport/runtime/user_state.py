"""The directory of what Rapport remembers for a user between runs (XDG base directories)."""

import os
from pathlib import Path


def user_state() -> Path:
    """Return Rapport's folder in the user's XDG state directory."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "rapport"
