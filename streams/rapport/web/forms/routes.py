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
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from rapport.domain.clients.registry import Client
from rapport.web.auth import CHALLENGE, BasicAuth
from rapport.web.forms.forms import FORMS, PROMISE, Form
from rapport.web.forms.offers import form_address
from rapport.web.forms.page import HIDDEN, Said, filled, form_page, forms_page, opened
from rapport.web.forms.present import (
    Present,
    entry_of,
    next_revision,
    open_promises,
    present_entry,
    was_changed,
)
from rapport.web.forms.receipt import Receipt
from rapport.web.forms.recording import Recording
from rapport.web.forms.request import FormRefusedError, form_of, read_form
from rapport.web.forms.seal import HOUR_SECONDS, HOURS_MAX, Seals, Subject
from rapport.web.forms.submission import Days, Typed, read_submission
from rapport.web.login.sight import USER
from rapport.web.pages.render import Pages
from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
SENT_MAX: Final = 1_000
"""Forms whose content is remembered, to see that one is sent again with another content."""
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
        page = forms_page(visit.client, visit.pages.language, _receipt(request.query, visit))
        return await self._respond(lambda: visit.pages.form("forms.html", page), HTTPStatus.OK)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        visit, form = self._visit(request), form_of(request)
        query = dict(request.query)
        typed = opened(form, query, visit.days.last)
        kind, name = entry_of(form, Typed({**typed.values, "entry": [query.get("entry", "")]}))
        present = await self._present(visit, kind, name)
        if query.get("entry") and (present is None or not present.event_id):
            raise FormRefusedError("form_entry_unknown", HTTPStatus.NOT_FOUND)
        if present is not None:
            typed = filled(typed, present, form, query, visit.days.last)
        return await self._show(form, typed, visit, _new_id(), "", HTTPStatus.OK)

    async def _present(self, visit: _Visit, kind: str, name: str) -> Present | None:
        """Return the entry that is recorded or changed, where this worker has it."""
        if not name:
            return None
        entries = await self._recording.read_desk(visit.client.id)
        return None if entries is None else present_entry(entries, kind, name)

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
        kind, name = entry_of(form, typed)
        present = await self._present(visit, kind, name)
        if present is not None and was_changed(present, form, typed):
            typed = Typed({**typed.values, "base": [str(present.revision)]})
            return await again(event_id, "form_changed_meanwhile", HTTPStatus.CONFLICT)
        revision = next_revision(present, typed, int(time.time())) if name else None
        read = read_submission(form, visit.client.id, typed, hour, visit.days, revision)
        if read.event is None:
            return await again(event_id, "form_mistakes", HTTPStatus.UNPROCESSABLE_ENTITY)
        return await self._publish(read.event, read.at, subject, typed, visit)

    async def _publish(
        self, event: BaseModel, at: datetime, subject: Subject, typed: Typed, visit: _Visit
    ) -> web.StreamResponse:
        form, event_id = FORMS[subject.form], subject.event_id
        if not self._is_first_content(event_id, event, at):
            return await self._show(
                form, typed, visit, _new_id(), "form_sent_before", HTTPStatus.CONFLICT
            )
        try:
            await self._recording.publish(event, event_id, at, visit.user)
        except RapportError as error:
            log.warning("a form was not recorded: %s", error)
            notice, status = "form_not_recorded", HTTPStatus.SERVICE_UNAVAILABLE
            return await self._show(form, typed, visit, event_id, notice, status)
        receipt = Receipt.of(form.name, event_id, at.isoformat(), event)
        return _done(receipt, _hour_of(typed.first("hour")), visit)

    def _is_first_content(self, event_id: str, event: BaseModel, at: datetime) -> bool:
        """Return whether a form's id was not sent with another content before.

        The content of an id never changes: what is sent again counts once, what is changed is
        another event. A revision is that of the second in which it was sent.
        """
        values = event.model_dump(exclude={"revision"})
        content = f"{values!r} {at}".encode(errors="surrogatepass")
        digest = blake2b(content, digest_size=16).digest()
        known = self._sent.setdefault(event_id, digest)
        while len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)
        return known == digest

    def _visit(self, request: web.Request) -> _Visit:
        """Return who records for whom; raises `FormRefusedError` for a user who may not."""
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
        said = Said()
        if notice:
            revision = next_revision(None, typed, int(time.time()))
            read = read_submission(form, visit.client.id, typed, hour, visit.days, revision)
            said = Said(language.text(notice), read.mistakes)
        page = form_page(
            form,
            visit.client,
            typed,
            dict(hidden),
            visit.days,
            language,
            said,
            await self._promises(form, visit),
        )
        return await self._respond(lambda: visit.pages.form("form.html", page), status)

    async def _promises(self, form: Form, visit: _Visit) -> list[tuple[str, str]]:
        """Return the promises that a form can settle."""
        if PROMISE not in form.shown:
            return []
        return list(open_promises(await self._recording.read_desk(visit.client.id) or ()))


def _receipt(query: Mapping[str, str], visit: _Visit) -> Receipt | None:
    """Return what was recorded just now; None without a genuine receipt."""
    receipt, hour = Receipt.read(query), _hour_of(query.get("hour", ""))
    if receipt is None:
        return None
    subject = receipt.subject(visit.user, visit.client.id)
    return receipt if visit.seals.is_right(subject, hour, query.get("seal", "")) else None


def _done(receipt: Receipt, hour: int, visit: _Visit) -> web.Response:
    """Lead to a page that can be loaded again without sending the form again."""
    client = visit.client.id
    seal = visit.seals.seal(receipt.subject(visit.user, client), hour)
    query = receipt.query() | {"hour": str(hour), "seal": seal}
    address = form_address(client, "", visit.pages.language.name, **query)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})


def _new_id() -> str:
    return uuid.uuid4().hex


def _this_hour() -> int:
    return int(time.time()) // HOUR_SECONDS


def _hour_of(text: str) -> int:
    """Return a number of hours since 1970-01-01; -1 for any other text."""
    return int(text) if re.fullmatch("[0-9]{1,7}", text) else -1
