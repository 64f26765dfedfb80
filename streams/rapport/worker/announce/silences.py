"""Silences in Alertmanager: no message is sent on an acknowledged concern until its last day.

Each worker reconciles those of the clients that it owns: it reads what is there, makes what is
missing, and ends what is no longer wanted.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import aiohttp

from rapport.monitoring.alertmanager.silences import (
    CONCERN_OF_ALERT,
    Silenced,
    change_of,
    own_silences,
    silence_json,
    wanted_silences,
)
from rapport.runtime.tls import client_context
from rapport.worker.announce.alertmanager_file import AlertmanagerAccess
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.scorer import Scorer

log = logging.getLogger(__name__)
EVERY_SECONDS: Final = 15.0
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
FAILURES: Final = (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError)
"""What an Alertmanager that is away, refuses, or answers something else gives."""


class SilenceReconciler:
    """Keeps the silences of the owned clients, and tells the scorer which alerts are silenced."""

    def __init__(self, access: AlertmanagerAccess, assignment: Assignment, scorer: Scorer) -> None:
        self._access, self._assignment, self._scorer = access, assignment, scorer
        self._context = (
            client_context(access.web.ca_file) if access.url.startswith("https") else True
        )
        self._failed = False

    async def run(self) -> None:
        """Reconcile for ever; while Alertmanager does not answer, try again."""
        while True:
            if self._assignment.ready:
                await self.attempt()
            await asyncio.sleep(EVERY_SECONDS)

    async def attempt(self) -> None:
        """Reconcile; log the first of several failures in a row."""
        try:
            await self.reconcile()
        except FAILURES as error:
            if not self._failed:
                log.warning(
                    "no silence can be set at %s (%s); trying again", self._access.url, _text(error)
                )
            self._failed = True
        else:
            self._failed = False

    async def reconcile(self) -> None:
        """Make the silences of the owned clients what is wanted; raises one of `FAILURES`."""
        epoch, now = self._assignment.epoch(), int(time.time())
        verdicts = {client: health.verdict for client, health in self._scorer.health.items()}
        ends = wanted_silences(verdicts, self._scorer.calendar)
        wanted = {one: end for one, end in ends if end > now}
        async with self._session() as session:
            answer = await self._ask(session, "GET", "silences")
            if not epoch.is_current():
                return
            change = change_of(wanted, own_silences(answer, self._access.job), verdicts)
            for one, end in change.create.items():
                silence = silence_json(one, self._access.job, now, end)
                await self._ask(session, "POST", "silences", silence)
            for silence_id in change.expire:
                await self._ask(session, "DELETE", f"silence/{silence_id}")
        if epoch.is_current():
            self._scorer.set_silenced(_kinds(wanted))

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=TIMEOUT, headers=self._access.web.headers())

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Any = None
    ) -> Any:
        url = f"{self._access.url}/api/v2/{path}"
        async with session.request(
            method, url, json=body, ssl=self._context, raise_for_status=True, allow_redirects=False
        ) as answer:
            return await answer.json() if method == "GET" else None


def _kinds(silenced: Iterable[Silenced]) -> dict[str, frozenset[str]]:
    """Return client -> the kinds of concern whose alert is silenced."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for one in silenced:
        kinds[one.client].add(CONCERN_OF_ALERT[one.alert])
    return {client: frozenset(some) for client, some in kinds.items()}


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
