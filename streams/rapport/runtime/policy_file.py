"""The policy file on disk: read with every error said, watched, and applied while events flow.

A file that is not allowed changes nothing: the policy in force stays, and how long the file has
been refused, and why, is shown.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapport.domain.policy.model import Policy, PolicyError, parse_policy
from rapport.runtime.file_watcher import FileWatcher
from rapport.runtime.toml_file import read_text

log = logging.getLogger(__name__)
POLL_SECONDS: Final = 2.0
DEFAULT_POLICY: Final = Path(__file__).parents[1] / "domain" / "policy" / "default.toml"


def load_policy(path: Path | None, notify: Callable[[str], object] = log.warning) -> Policy:
    """Return the policy of a file, or the built-in one; raises `PolicyError` with the reason.

    `notify` is called with a sentence for each key that the file has under its old name.
    """
    file = path or DEFAULT_POLICY
    return parse_policy(read_text(file, "the policy", PolicyError), str(file), notify)


@dataclass(slots=True)
class PolicyStatus:
    """How the policy in force came to be, and whether the file on disk differs."""

    file: str
    hash: str
    applied_seconds: float
    refused_since_seconds: float | None = None
    refused_because: str | None = None


class PolicyFile:
    """Follows a policy file, and gives each good one to `apply`."""

    def __init__(self, path: Path | None, policy: Policy, apply: Callable[[Policy], None]) -> None:
        self.status = PolicyStatus(str(path or DEFAULT_POLICY), policy.hash, time.time())
        self._path, self._apply = path, apply
        self._watcher = FileWatcher(path or DEFAULT_POLICY)
        self._asked = asyncio.Event()

    async def follow(self) -> None:
        """Read the file whenever it changed, and on SIGHUP; never returns."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        while True:
            asked = await self._asked_within(POLL_SECONDS)
            if self._watcher.changed() or asked:
                await self.read()

    async def read(self) -> None:
        """Read the file now; apply it, or note why not."""
        try:
            policy = await asyncio.to_thread(load_policy, self._path)
        except PolicyError as error:
            self._refuse(str(error))
            return
        self.status.refused_since_seconds = self.status.refused_because = None
        if policy.hash != self.status.hash:
            self._apply(policy)
            log.warning("policy %s in force, after %s", policy.hash, self.status.hash)
            self.status.hash, self.status.applied_seconds = policy.hash, time.time()

    def _refuse(self, reason: str) -> None:
        if reason != self.status.refused_because:
            log.error("policy %s stays in force: %s", self.status.hash, reason)
        self.status.refused_because = reason
        if self.status.refused_since_seconds is None:
            self.status.refused_since_seconds = time.time()

    async def _asked_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return False
        self._asked.clear()
        return True
