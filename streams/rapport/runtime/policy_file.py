"""The policy file: validated, watched, and applied to a running worker.

An invalid file changes nothing: the policy in force stays, and the worker shows since when and why
the file is rejected.
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

    The file holds what differs: a key that it leaves out has its built-in value.

    `notify` is called with a sentence for each key that the file has under its old name.
    """
    defaults = read_text(DEFAULT_POLICY, "the policy", PolicyError)
    if path is None:
        return parse_policy(defaults, str(DEFAULT_POLICY), notify)
    return parse_policy(read_text(path, "the policy", PolicyError), str(path), notify, defaults)


@dataclass(slots=True)
class PolicyStatus:
    """The policy in force, and whether the file on disk is rejected."""

    file: str
    hash: str
    applied_seconds: float
    refused_since_seconds: float | None = None
    refused_because: str | None = None


class PolicyFile:
    """Follows a policy file, and passes each valid policy to `apply`."""

    def __init__(self, path: Path | None, policy: Policy, apply: Callable[[Policy], None]) -> None:
        self.status = PolicyStatus(str(path or DEFAULT_POLICY), policy.hash, time.time())
        self._path, self._apply = path, apply
        self._watcher = FileWatcher(path or DEFAULT_POLICY)
        self._requested = asyncio.Event()

    async def follow(self) -> None:
        """Read the file after each change and on SIGHUP; never returns."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._requested.set)
        while True:
            requested = await self._requested_within(POLL_SECONDS)
            if self._watcher.changed() or requested:
                await self.read()

    async def read(self) -> None:
        """Read the file; apply its policy, or record why it is rejected."""
        try:
            policy = await asyncio.to_thread(load_policy, self._path)
        except PolicyError as error:
            self._reject(str(error))
            return
        self.status.refused_since_seconds = self.status.refused_because = None
        if policy.hash != self.status.hash:
            self._apply(policy)
            log.warning("policy %s in force, after %s", policy.hash, self.status.hash)
            self.status.hash, self.status.applied_seconds = policy.hash, time.time()

    def _reject(self, reason: str) -> None:
        if reason != self.status.refused_because:
            log.error("policy %s stays in force: %s", self.status.hash, reason)
        self.status.refused_because = reason
        if self.status.refused_since_seconds is None:
            self.status.refused_since_seconds = time.time()

    async def _requested_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._requested.wait(), seconds)
        except TimeoutError:
            return False
        self._requested.clear()
        return True
