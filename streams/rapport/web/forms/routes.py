"""HTTP routes of the forms: who may use one, whether it is genuine, and what it records.

The order of the checks is that of their cost: login, origin, client and right before the body is
read, the seal before its values.
"""

import logging
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from aiohttp import web

from rapport.domain.clients.registry import Client
from rapport.web.auth import CHALLENGE, USER, BasicAuth
from rapport.web.forms.forms import FORMS, Form
from rapport.web.forms.page import HIDDEN, form_address, form_page, forms_page, opened
from rapport.web.forms.recording import Recording
from rapport.web.forms.request import FormRefusedError, form_of, read_form
from rapport.web.forms.seal import HOUR_SECONDS, HOURS_MAX, Seals, Subject
from rapport.web.forms.submission import Days, Mistake, Submission, Typed, read_submission
from rapport.web.pages.render import Pages
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
SENT_MAX: Final = 1_000
"""Forms whose content is remembered, to see that one is sent again with another content."""
DONE: Final = "done."
"""The beginning of a form's name in the seal of its receipt."""
Respond = Callable[[Callable[[], str], int], Awaitable[web.Response]]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PagesOf = Callable[[web.Request, str | None], Pages]


@dataclass(frozen=True, slots=True)
class _Visit:
    """A user who may record for a client."""

    user: str
    client: Client
    pages: Pages
    days: Days
    seals: Seals


class FormRoutes:
    """The forms of every client; without accounts there are none."""

    def __init__(
        self, recording: Recording, auth: BasicAuth, pages_of: PagesOf, respond: Respond
    ) -> None:
        self._recording, self._auth = recording, auth
        self._pages_of, self._respond = pages_of, respond
        self._sent: OrderedDict[str, bytes] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/pages/{client}/record", self._refusing(self._offer)),
            web.get("/pages/{client}/record/{form}", self._refusing(self._open)),
            web.post("/pages/{client}/record/{form}", self._refusing(self._take)),
        ]

    def _refusing(self, handler: _Handler) -> _Handler:
        """Return a handler that answers a refusal with a page of one sentence."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except FormRefusedError as refusal:
                pages = self._pages_of(request, None)
                text = pages.language.text(refusal.key, **refusal.values)
                return await self._respond(lambda: pages.notice(text), refusal.status)

        return answer

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        """Lead to the forms, and say what was recorded just now."""
        visit = self._visit(request)
        page = forms_page(visit.client, visit.pages.language, *self._receipt(request, visit))
        return await self._respond(lambda: visit.pages.form("forms.html", page), HTTPStatus.OK)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        visit, form = self._visit(request), form_of(request)
        typed = opened(form, dict(request.query), visit.days.last)
        return await self._show(form, typed, visit, _new_id(), "", HTTPStatus.OK)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        visit, form = self._visit(request), form_of(request)
        return await self._record(form, await read_form(request), visit)

    async def _record(self, form: Form, typed: Typed, visit: _Visit) -> web.StreamResponse:
        """Publish what was typed; or show the form again, with what was typed and why."""

        def again(event_id: str, notice: str, status: HTTPStatus) -> Awaitable[web.Response]:
            return self._show(form, typed, visit, event_id, notice, status)

        event_id, hour = typed.first("id"), _hour_of(typed.first("hour"))
        subject = Subject(visit.user, form.name, visit.client.id, event_id)
        if not visit.seals.is_right(subject, hour, typed.first("seal")):
            return await again(_new_id(), "form_not_own", HTTPStatus.FORBIDDEN)
        if not 0 <= _this_hour() - hour <= HOURS_MAX:
            return await again(event_id, "form_stale", HTTPStatus.CONFLICT)
        read = read_submission(form, visit.client.id, typed, hour, visit.days)
        if read.event is None:
            return await again(event_id, "form_mistakes", HTTPStatus.UNPROCESSABLE_ENTITY)
        if not self._is_first_content(event_id, read):
            return await again(_new_id(), "form_sent_before", HTTPStatus.CONFLICT)
        try:
            await self._recording.publish(read.event, event_id, read.at, visit.user)
        except RapportError as error:
            log.warning("a form was not recorded: %s", error)
            return await again(event_id, "form_not_recorded", HTTPStatus.SERVICE_UNAVAILABLE)
        return self._done(subject, hour, read, visit)

    def _is_first_content(self, event_id: str, submission: Submission) -> bool:
        """Return whether a form's id was not sent with another content before.

        The content of an id never changes: what is sent again counts once, what is changed is
        another event.
        """
        content = f"{submission.event!r} {submission.at}".encode(errors="surrogatepass")
        digest = blake2b(content, digest_size=16).digest()
        known = self._sent.setdefault(event_id, digest)
        while len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)
        return known == digest

    def _done(
        self, subject: Subject, hour: int, submission: Submission, visit: _Visit
    ) -> web.Response:
        """Lead to a page that can be loaded again without sending the form again."""
        at = submission.at.isoformat()
        receipt = visit.seals.seal(_receipt_of(subject, at), hour)
        address = form_address(
            visit.client.id,
            "",
            visit.pages.language.name,
            done=subject.form,
            id=subject.event_id,
            at=at,
            hour=str(hour),
            seal=receipt,
        )
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})

    def _receipt(self, request: web.Request, visit: _Visit) -> tuple[str, ...]:
        """Return (form, id, time) of what was recorded; empty without a genuine receipt."""
        query = request.query
        form, event_id, at = (query.get(name, "") for name in ("done", "id", "at"))
        subject = _receipt_of(Subject(visit.user, form, visit.client.id, event_id), at)
        hour = _hour_of(query.get("hour", ""))
        if form not in FORMS or not visit.seals.is_right(subject, hour, query.get("seal", "")):
            return ()
        return form, event_id, at

    def _visit(self, request: web.Request) -> _Visit:
        """Return who records for whom; raises `FormRefusedError` for somebody who may not."""
        user, accounts = request.get(USER), self._auth.accounts
        if accounts.key is None:
            raise FormRefusedError("no_page", HTTPStatus.NOT_FOUND)
        if user is None:
            raise web.HTTPUnauthorized(headers=CHALLENGE, text="log in to record\n")
        name = request.match_info["client"]
        client = self._recording.find_client(name)
        if client is None:
            raise FormRefusedError("no_client", HTTPStatus.NOT_FOUND, client=name)
        if not accounts.may_write(user, client.owner):
            raise FormRefusedError("form_not_allowed", HTTPStatus.FORBIDDEN, user=user)
        calendar = self._recording.calendar
        days = Days(calendar, calendar.day_of(int(time.time())), self._recording.horizon_days())
        return _Visit(user, client, self._pages_of(request, None), days, Seals(accounts.key))

    async def _show(
        self,
        form: Form,
        typed: Typed,
        visit: _Visit,
        event_id: str,
        notice: str,
        status: HTTPStatus,
    ) -> web.Response:
        """Respond with a form, sealed anew, and with what is wrong in what was typed."""
        hour, language = _this_hour(), visit.pages.language
        subject = Subject(visit.user, form.name, visit.client.id, event_id)
        hidden = zip(HIDDEN, (event_id, str(hour), visit.seals.seal(subject, hour)), strict=True)
        mistakes: Mapping[str, Mistake] = {}
        if notice:
            mistakes = read_submission(form, visit.client.id, typed, hour, visit.days).mistakes
        page = form_page(
            form,
            visit.client,
            typed,
            dict(hidden),
            visit.days,
            language,
            mistakes,
            language.text(notice) if notice else "",
        )
        return await self._respond(lambda: visit.pages.form("form.html", page), status)


def _receipt_of(subject: Subject, at: str) -> Subject:
    event = f"{subject.event_id} {at}"
    return Subject(subject.user, DONE + subject.form, subject.client, event)


def _new_id() -> str:
    return uuid.uuid4().hex


def _this_hour() -> int:
    return int(time.time()) // HOUR_SECONDS


def _hour_of(text: str) -> int:
    """Return a number of hours since 1970-01-01; -1 for any other text."""
    return int(text) if re.fullmatch("[0-9]{1,7}", text) else -1
