"""The policy file on disk: read with every error said, watched, and applied while events flow.

A file that is not allowed changes nothing: the policy in force stays, and how long the file has
been refused, and why, is shown.
"""

import asyncio
import logging
import os
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapport.streams.core.policy import POLICY_BYTES_MAX, Policy, PolicyError, parse_policy

log = logging.getLogger(__name__)
POLL_SECONDS: Final = 2.0
DEFAULT_POLICY: Final = Path(__file__).parents[1] / "core" / "policy.toml"
Stamp = tuple[int, ...] | str


def load_policy(path: Path | None) -> Policy:
    """Return the policy of a file, or the built-in one; raises `PolicyError` with the reason."""
    file = path or DEFAULT_POLICY
    try:
        return parse_policy(_content(file).decode("utf-8"), str(file))
    except OSError as error:
        raise PolicyError(
            f"the policy {file} cannot be read: {error.strerror}; "
            "a readable TOML file is expected (`rapport policy show` prints one)"
        ) from error
    except UnicodeDecodeError as error:
        raise PolicyError(
            f"the policy {file} is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error


def _content(file: Path) -> bytes:
    """Return a file's bytes, at most one more than a policy may have; never waits for a pipe."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as opened:  # noqa: PTH123 # opened above, so that a pipe cannot block
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PolicyError(
                f"the policy {file} is a directory or device; a TOML file is expected"
            )
        content = opened.read(POLICY_BYTES_MAX + 1)
    if len(content) > POLICY_BYTES_MAX:
        raise PolicyError(f"the policy {file} is over {POLICY_BYTES_MAX} bytes; this is no policy")
    return content


@dataclass(slots=True)
class PolicyStatus:
    """How the policy in force came to be, and whether the file on disk differs."""

    file: str
    hash: str
    applied_seconds: float
    refused_since_seconds: float | None = None
    refused_because: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the figures for `/status`."""
        return {
            "file": self.file,
            "hash": self.hash,
            "applied_seconds": self.applied_seconds,
            "refused_since_seconds": self.refused_since_seconds,
            "refused_because": self.refused_because,
        }


class PolicyFile:
    """Follows a policy file, and gives each good one to `apply`."""

    def __init__(self, path: Path | None, policy: Policy, apply: Callable[[Policy], None]) -> None:
        self.status = PolicyStatus(str(path or DEFAULT_POLICY), policy.hash, time.time())
        self._path, self._apply = path, apply
        self._seen = self._stamp()
        self._asked = asyncio.Event()

    async def follow(self) -> None:
        """Read the file whenever it changed, and on SIGHUP; never returns."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        while True:
            asked = await self._asked_within(POLL_SECONDS)
            stamp = self._stamp()
            if asked or stamp != self._seen:
                # Noted before it is read: a change meanwhile is seen at the next look.
                self._seen = stamp
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

    def _stamp(self) -> Stamp:
        """Return what tells one state of the file from another, or why it cannot be told."""
        try:
            found = os.stat(self.status.file)  # noqa: PTH116 # of a name that may not exist
        except OSError as error:
            return type(error).__name__
        return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
