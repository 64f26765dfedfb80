"""What a service sees where it calls: errors with their path, ids, the double for its own tests."""

import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import rapport.publish
from rapport.publish import (
    PromiseSettled,
    Published,
    PublishError,
    PurchaseCorrected,
    PurchaseRecorded,
    Receipt,
    RecordingPublisher,
    TicketRated,
)
from rapport_schemas.wire.registry import CONTRACTS

ROOT = Path(__file__).parents[3]
HEAVY = ("faust", "mode", "aiokafka", "aiohttp", "msgspec", "typer", "rich", "prometheus_client")
PURCHASE = {
    "client": "finance",
    "purchase_id": "PO-1",
    "purchased_on": "2026-01-31",
    "supplier": "Acme",
    "amount_minor": 12500,
    "currency": "EUR",
}
RECORDED = "rapport.procurement.recorded.v1"
KEPT = PromiseSettled(client="finance", kept=True)


@pytest.fixture
def publisher():
    return RecordingPublisher(source="urn:test")


@pytest.mark.parametrize(
    ("event_type", "change", "path", "message"),
    [
        (RECORDED, {"amount_minor": -1}, "data.amount_minor", "greater than or equal to 0"),
        (RECORDED, {"amount_minor": "12"}, "data.amount_minor", "valid integer"),
        (RECORDED, {"purchased_on": "2026-02-30"}, "data.purchased_on", "valid date"),
        (RECORDED, {"client": ""}, "data.client", "at least 1 character"),
        (RECORDED, {"supplier": object}, "data", "not JSON"),
        (RECORDED, {"currency": None}, "data.currency", ""),
        ("rapport.procurement.eaten.v1", {}, "", "no contract is called"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_plain_values_that_are_wrong_are_refused_with_their_path(
    publisher, event_type, change, path, message
):
    with pytest.raises(PublishError) as caught:
        publisher.publish_raw(event_type, {**PURCHASE, **change})
    assert caught.value.path == path
    assert str(caught.value).startswith(path)
    assert message in str(caught.value)
    assert publisher.published == []


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"data": {"client": "finance"}}, "data", "dict is no event; publish one of ActionRec"),
        ({"data": None}, "data", "NoneType is no event"),
        ({"data": KEPT, "time": datetime(2026, 1, 1)}, "time", "has no zone"),  # noqa: DTZ001 # the point
        ({"data": KEPT, "time": "2026-01-01T00:00:00Z"}, "time", "not a datetime"),
        ({"data": KEPT, "id": ""}, "id", "0 characters; 1 to 256 fit"),
        ({"data": KEPT, "id": "x" * 257}, "id", "257 characters"),
        ({"data": KEPT, "id": 7}, "id", "7 is not a string"),
        ({"data": TicketRated.model_construct(client=5)}, "data", "not a valid TicketRated"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_event_is_refused_with_its_path(publisher, given, path, message):
    with pytest.raises(PublishError) as caught:
        publisher.publish(given.pop("data"), **given)
    assert caught.value.path == path
    assert message in str(caught.value)
    assert publisher.published == []


def test_one_wrong_event_of_many_means_that_none_is_published(publisher):
    with pytest.raises(PublishError, match="str is no event"):
        publisher.publish_many([KEPT, "nonsense"])
    assert publisher.published == []


def test_an_event_with_an_id_of_its_own_keeps_it_and_others_get_new_ones(publisher):
    purchase = PurchaseRecorded(**{**PURCHASE, "purchased_on": date(2026, 1, 31)})
    corrected = PurchaseCorrected(**purchase.model_dump(exclude={"revision"}), revision=1)
    receipts = [publisher.publish(one) for one in (purchase, purchase, corrected, KEPT, KEPT)]
    ids = [receipt.event_id for receipt in receipts]
    assert ids[:3] == ["PO-1/0/recorded", "PO-1/0/recorded", "PO-1/1/corrected"]
    assert len({*ids[3:], RecordingPublisher().publish(KEPT).event_id}) == 3


def test_the_double_for_tests_keeps_what_was_published(publisher):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with publisher:
        receipt = publisher.publish(KEPT, id="p-1", time=at)
    assert receipt.wait().done
    assert publisher.flush() == 0
    assert publisher.published == [Published(KEPT, "p-1", "relationship", at)]
    assert repr(receipt) == "Receipt('p-1', 'relationship', done=True)"
    assert isinstance(receipt, Receipt)


def test_the_short_path_has_every_events_model():
    models = {contract.model.__name__ for contract in CONTRACTS.values()}
    assert models <= set(rapport.publish.__all__)
    assert all(hasattr(rapport.publish, name) for name in rapport.publish.__all__)


@pytest.fixture
def site(wheel, tmp_path):
    """The folder where the wheel is unpacked."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.parametrize("installed", ["wheel", "editable"])
def test_the_sdk_imports_without_the_extras_from_a_wheel_and_from_the_tree(
    site, installed, tmp_path
):
    site = site if installed == "wheel" else ROOT / "streams"
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import rapport.publish as p\n"
        f"assert p.__file__.startswith({str(site)!r}), p.__file__\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
    assert (site / "rapport" / "py.typed").exists()
