"""What IT and the organisation decided reaches scores and pages, and is undone exactly."""

from datetime import UTC, date, datetime, timedelta

import pytest
from kafka import KafkaProducer

from rapport.publish import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.desk import AgreedTextWithdrawn, MessageAgreed, OfferDescribed
from rapport_schemas.procurement import (
    PurchaseRecorded,
    SupplierApprovalWithdrawn,
    SupplierApproved,
)
from rapport_schemas.wire.envelope import write_binary

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC)
LAST_SUNDAY = NOW.date() - timedelta(days=NOW.date().isoweekday())
SINCE = date(2026, 3, 1)
REASON = "Reviewed by security."
PURCHASES = 4


def publish(running, *events):
    with Publisher(running.bootstrap, source="urn:test") as publisher:
        for data in events:
            publisher.publish(data, time=NOW - timedelta(minutes=1))


def purchase(number, client="finance"):
    return PurchaseRecorded(
        client=client,
        purchase_id=f"{client}-{number}",
        purchased_on=LAST_SUNDAY - timedelta(days=number),
        supplier="Acme Cloud",
        category="software",
        amount_minor=12_300,
        currency="EUR",
        sanctioned=False,
    )


def publish_under_a_foreign_key(running, data):
    topic, _, value, headers = write_binary(data, event_id="1", source="urn:test", time=NOW)
    producer = KafkaProducer(bootstrap_servers=running.bootstrap)
    producer.send(topic, value, b"*|Other", headers=headers)
    producer.close()


def scores_of(running):
    """All that a client's scores say, without what is about the moment."""
    return fetch_json(f"{running.url}/clients/finance/explanation?since=7d")


def observed(running):
    """The number of outside purchases in the newest snapshot."""
    clients = {one["id"]: one for one in fetch_json(f"{running.url}/clients")}
    return clients["finance"]["purchases"]["observed"]


def kinds(running):
    """The kinds of the agreed texts in the newest snapshot."""
    texts = fetch_json(f"{running.url}/clients/finance/desk")["agreed_texts"]
    return [one["kind"] for one in texts]


def test_approvals_and_agreed_texts_are_applied_told_and_undone(running):
    publish(running, *(purchase(number) for number in range(PURCHASES)))
    offer = OfferDescribed(client="finance", since=SINCE, does="Networks", does_not="Figures")
    publish(running, MessageAgreed(since=SINCE, text="We say what it costs."), offer)
    running.start()
    running.until_handled(PURCHASES)
    before = scores_of(running)
    assert before["purchases"]["observed"] == PURCHASES

    texts = fetch_json(f"{running.url}/clients/finance/desk")
    assert [(one["kind"], one["client"], one["holds"]) for one in texts["agreed_texts"]] == [
        ("message", None, True),
        ("offer", "finance", True),
    ]
    assert "  IT does: Networks" in texts["text"]

    approved_from = LAST_SUNDAY - timedelta(days=1)
    approval = SupplierApproved(supplier="acme cloud", approved_from=approved_from, reason=REASON)
    publish_under_a_foreign_key(running, approval)
    publish(running, approval, AgreedTextWithdrawn(kind="offer", client="finance"))
    running.until(lambda: observed(running) == PURCHASES - 2)
    running.until(lambda: kinds(running) == ["message"])
    told = scores_of(running)["purchases"]
    assert told["approved"] == [
        {
            "supplier": "acme-cloud",
            "from_day": approved_from.isoformat(),
            "times": 2,
            "reason": REASON,
        }
    ]
    assert REASON in told["text"][-1]
    assert sum(row["times"] for row in told["rows"]) == PURCHASES - 2
    assert running.status()["organisation_left_out"] == {"invalid": 1}

    publish(running, SupplierApprovalWithdrawn(supplier="acme cloud"))
    running.until(lambda: observed(running) == PURCHASES)
    assert scores_of(running) == before
