"""Forms that change what is recorded: filled in, above the revision they showed, on any worker."""

import re
import time
from datetime import date
from html import unescape
from urllib.parse import urlencode

import pytest

from rapport.domain.desk.card import client_card
from rapport.language.desk import Revised
from rapport.language.language import find_language
from rapport.web.forms.offers import ClientForms
from rapport.web.forms.present import open_promises
from rapport_schemas.desk import EntryCancelled
from rapport_schemas.relationship import PromiseSettled

ACTION = {"what": "Talk", "kind": "talk", "who": "team-a", "status": "open", "link": ""}
PROMISE = {"what": "A new portal", "made_on": "2026-01-05", "due_on": "2026-03-01", "link": ""}
TODAY = time.strftime("%Y-%m-%d", time.gmtime())


@pytest.fixture
def card(forms):
    """Return the card of a client as it is now."""

    async def read():
        return client_card(await forms._desk("finance"))

    def now():
        coroutine = read()
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value

    return now


def page(forms, form, **query):
    status, _, text = forms.ask("GET", f"/pages/finance/record/{form}?{urlencode(query)}", "anna")
    assert status == 200, text
    return text


def typed(text):
    """Return what a form sends when nothing is changed in it."""
    values = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    pattern = r'<input id="[^"]*" name="([^"]*)"[^>]* value="([^"]*)"'
    values |= {name: unescape(value) for name, value in re.findall(pattern, text)}
    values |= re.findall(r'type="radio" name="([^"]*)" value="([^"]*)" checked', text)
    values |= {
        name: unescape(value)
        for name, value in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>\n([^<]*)<', text)
    }
    for name, options in re.findall(
        r'<select id="[^"]*" name="([^"]*)".*?>(.*?)</select>', text, re.DOTALL
    ):
        values |= [(name, value) for value in re.findall(r'value="([^"]*)" selected', options)]
    return values


def recorded(forms, form, values):
    status, _, text = forms.send(form, {**forms.open(form), **values})
    assert status == 303, text
    return forms.published[-1][0]


def test_an_action_is_closed_by_a_form_that_has_its_values(forms, card):
    action = recorded(forms, "action", ACTION | {"due_on": "2026-02-01", "concern": "trust_low"})
    closing = typed(page(forms, "action", entry=action.action_id, status="done"))
    assert closing["done_on"] == TODAY
    assert forms.send("action", closing)[0] == 303
    (now,) = card().actions
    assert now.entry.revision > action.revision
    assert now.data == {
        "action_id": action.action_id,
        "what": "Talk",
        "kind": "talk",
        "who": "team-a",
        "due_on": "2026-02-01",
        "concern": "trust_low",
        "status": "done",
        "done_on": TODAY,
    }


def test_a_change_sent_twice_counts_once_and_the_next_one_follows(forms, card):
    action = recorded(forms, "action", ACTION)
    change = typed(page(forms, "action", entry=action.action_id)) | {"what": "Talk again"}
    assert [forms.send("action", change)[0] for _ in range(2)] == [303, 303]
    change = typed(page(forms, "action", entry=action.action_id)) | {"what": "Listen"}
    assert forms.send("action", change)[0] == 303
    (now,) = card().actions
    assert now.data["what"] == "Listen"


def test_what_somebody_else_changed_is_replaced_only_when_it_is_sent_again(forms, card):
    action = recorded(forms, "action", ACTION)
    first = typed(page(forms, "action", entry=action.action_id))
    second = typed(page(forms, "action", entry=action.action_id))
    assert forms.send("action", second | {"who": "team-b"})[0] == 303
    status, _, text = forms.send("action", first | {"who": "team-c"})
    assert status == 409
    assert "Another user changed this meanwhile" in text
    assert card().actions[0].data["who"] == "team-b"
    assert forms.send("action", typed(text))[0] == 303
    assert card().actions[0].data["who"] == "team-c"


def test_a_settlement_names_its_promise_and_is_changed_and_taken_back(forms, card):
    promise = recorded(forms, "promise", PROMISE)
    recorded(forms, "settled", {"kept": "yes", "happened_on": TODAY})
    assert card().promises[0].state == "open"
    text = page(forms, "settled")
    assert "A new portal (2026-03-01)" in text
    name = f"2026-01-05 {promise.promise_id}"
    settled = typed(page(forms, "settled", promise=name, kept="yes"))
    assert (settled["promise"], settled["kept"]) == (name, "yes")
    assert forms.send("settled", settled)[0] == 303
    event = forms.published[-1][0]
    assert isinstance(event, PromiseSettled)
    assert (event.promise_id, event.made_on) == (promise.promise_id, date(2026, 1, 5))
    assert card().promises[0].state == "kept"
    assert "A new portal" not in page(forms, "settled")
    text = page(forms, "settled", promise=name)
    assert forms.send("settled", typed(text) | {"kept": "no"})[0] == 303
    assert card().promises[0].state == "broken"
    text = page(forms, "settled", promise=name)
    (address,) = re.findall(r'href="(/pages/finance/record/cancel[^"]*)"', text)
    _, _, text = forms.ask("GET", unescape(address), "anna")
    assert [forms.send("cancel", typed(text))[0] for _ in range(2)] == [303, 303]
    cancelled = forms.published[-1][0]
    assert isinstance(cancelled, EntryCancelled)
    assert (cancelled.kind, cancelled.made_on) == ("settlement", date(2026, 1, 5))
    assert card().promises[0].state == "open"
    assert forms.send("settled", typed(page(forms, "settled", promise=name, kept="yes")))[0] == 303
    assert card().promises[0].state == "kept"


def test_a_promise_is_taken_back_by_the_form_that_its_own_form_leads_to(forms, card):
    promise = recorded(forms, "promise", PROMISE)
    text = page(forms, "promise", entry=promise.promise_id)
    (address,) = re.findall(r'href="(/pages/finance/record/cancel[^"]*)"', text)
    _, _, text = forms.ask("GET", unescape(address), "anna")
    assert forms.send("cancel", typed(text))[0] == 303
    assert card().promises == []


def test_a_promise_is_not_settled_before_it_was_made(forms):
    name = f"{TODAY} P-17"
    sent = typed(page(forms, "settled", promise=name, kept="yes"))
    status, _, text = forms.send("settled", sent | {"happened_on": "2026-10-01"})
    assert status == 422
    assert 'id="mistake-happened_on"' in text
    assert "before the day on which it was promised" in text


def test_a_worker_without_the_client_takes_what_another_one_showed(forms, card):
    action = recorded(forms, "action", ACTION)
    shown = typed(page(forms, "action", entry=action.action_id))
    forms.has_clients = False
    assert (
        forms.ask("GET", f"/pages/finance/record/action?entry={action.action_id}", "anna")[0] == 404
    )
    assert forms.send("action", shown | {"what": "Listen"})[0] == 303
    forms.has_clients = True
    assert card().actions[0].data["what"] == "Listen"


def test_the_plan_of_a_client_is_one_and_an_acknowledgement_is_one_for_each_concern(forms, card):
    plan = {"text": "Be a partner", "stage": "partner", "targets.trust": "70"}
    recorded(forms, "plan", plan)
    change = typed(page(forms, "plan"))
    assert {name: change[name] for name in plan} == plan
    assert forms.send("plan", change | {"targets.trust": "", "text": "Be more"})[0] == 303
    (now,) = card().plans
    assert now.data == {"text": "Be more", "stage": "partner"}
    known = {"concern": "trust_low", "reason": "Known", "until": "2026-03-20"}
    recorded(forms, "acknowledgement", known)
    recorded(forms, "acknowledgement", known | {"concern": "silent"})
    change = typed(page(forms, "acknowledgement", concern="trust_low", points="40"))
    assert (change["reason"], change["points"]) == ("Known", "40")
    assert forms.send("acknowledgement", change | {"until": "2026-03-25"})[0] == 303
    assert sorted(one.data["until"] for one in card().acknowledgements) == [
        "2026-03-20",
        "2026-03-25",
    ]


@pytest.mark.parametrize("base", ["9" * 5_000, "-1", "٣", "2147483647", "x"])
def test_a_revision_that_no_form_has_is_no_error_of_the_server(forms, base):
    sent = {**forms.open("action"), **ACTION, "entry": "A-1", "base": base}
    assert forms.send("action", sent)[0] in {303, 422}


def test_a_page_leads_to_what_can_become_of_an_entry():
    links = ClientForms("finance", find_language("en"))

    def labels(kind, *, is_open=False):
        revised = Revised(kind, "x", is_open, "2026-01-05")
        return [one.label for one in links.changes(revised)]

    assert labels("promise", is_open=True) == ["Kept", "Broken", "Change"]
    assert labels("promise") == ["Change"]
    assert labels("action", is_open=True) == ["Done", "Dropped", "Change"]
    assert [labels(kind) for kind in ("action", "note", "plan", "acknowledgement")] == [
        ["Change"]
    ] * 4
    assert (labels("profile"), labels("profile", is_open=True)) == (
        [],
        ["Ask again and record"],
    )
    assert links.changes(None) == []


def test_promises_of_an_importer_are_not_offered(forms, card):
    recorded(forms, "promise", PROMISE)
    (promise,) = card().promises
    assert promise.made.own_id is not None
    assert promise.made._replace(source="urn:crm").own_id is None
    assert list(open_promises([])) == []
