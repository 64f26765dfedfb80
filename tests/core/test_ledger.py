"""The ledger against an oracle that is slow and obvious."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.streams.core.ledger import NOTHING, Outcome, Page, Posting, decode, encode
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.shell.pages import SPLIT_MARK, PageStore, stored

DAY = 20_000
FACTS = st.sampled_from(
    [
        ("ticket.reopened",),
        ("ticket.closed", "P3", True, "person", 3),
        ("buy", "outside", "software", "acme", "GBP", 1250),
        ("buy", "outside", "software", "acme", "GBP", 90),
        ("survey.answered", "client", (("trust", 4, 1, 5),), 2),
        NOTHING,
    ]
)
POSTINGS = st.lists(
    st.builds(
        Posting,
        st.integers(0, 30) | st.integers(0, 2**64 - 1),
        st.integers(0, 3),
        st.integers(DAY - 2, DAY + 2),
        FACTS,
    ),
    max_size=60,
)


def oracle(postings):
    """Per entity, the greatest of everything that was ever said of it."""
    said = {}
    for entity, revision, day, fact in postings:
        said.setdefault(entity, []).append((revision, day, repr(fact), fact))
    return {entity: max(entries, key=lambda e: e[:3]) for entity, entries in said.items()}


def measures_of(entries):
    client = ClientMeasures()
    for _, day, _, fact in entries.values():
        client.add(day, fact, 1)
    return client.amounts


def applied(postings, split_entries=2048, batch=7):
    table: dict[bytes, bytes] = {}
    store, client = PageStore(table, split_entries), ClientMeasures()
    for start in range(0, len(postings), batch):
        changes = []
        for posting in postings[start : start + batch]:
            store.apply("finance", DAY, posting, changes)
        table.update(store.drain())
        for change in changes:
            client.add(*change)
    return table, client.amounts


@given(POSTINGS, st.randoms(), st.lists(st.integers(0, 59), max_size=20))
def test_shuffled_and_duplicated_postings_give_byte_identical_pages(postings, random, again):
    shuffled = postings + [postings[i] for i in again if i < len(postings)]
    random.shuffle(shuffled)
    assert applied(postings)[0] == applied(shuffled)[0]


@given(POSTINGS)
def test_the_page_says_what_the_oracle_says(postings):
    table, amounts = applied(postings)
    expected = oracle(postings)
    assert amounts == measures_of(expected)
    if postings:
        (value,) = table.values()
        kept = {e: (r, d, repr(f)) for e, (r, d, f) in decode(value).entries.items()}
        assert kept == {entity: entry[:3] for entity, entry in expected.items()}


@given(POSTINGS, st.randoms())
@settings(max_examples=60)
def test_a_busy_day_splits_the_same_way_in_any_order(postings, random):
    shuffled = list(postings)
    random.shuffle(shuffled)
    table, amounts = applied(postings, split_entries=4)
    assert table == applied(shuffled, split_entries=4, batch=3)[0]
    assert amounts == measures_of(oracle(postings))
    recovered = ClientMeasures()
    for key, value in table.items():
        client, changes = stored(key, value)
        assert client == "finance"
        for change in changes:
            recovered.add(*change)
    assert recovered.amounts == amounts


@given(POSTINGS)
def test_a_page_survives_encoding(postings):
    page = Page()
    for posting in postings:
        page.apply(posting, [])
    assert decode(encode(page, DAY)).entries == page.entries


def test_a_redelivered_event_rewrites_its_page_and_the_marks_above_it():
    table: dict[bytes, bytes] = {}
    store = PageStore(table, split_entries=2)
    postings = [Posting(entity, 0, DAY, ("ticket.reopened",)) for entity in range(5)]
    for posting in postings:
        store.apply("finance", DAY, posting, [])
    table.update(store.drain())
    before = dict(table)
    for key in before:
        table.pop(key)
    for posting in postings:
        assert store.apply("finance", DAY, posting, []) is Outcome.DUPLICATE
    table.update(store.drain())
    assert table == before
    assert SPLIT_MARK in table.values()


def test_correction_cancellation_and_conflict_are_told_apart():
    page, changes = Page(), []
    buy = ("buy", "outside", "software", "acme", "GBP", 100)
    dearer = ("buy", "outside", "software", "acme", "GBP", 900)
    assert page.apply(Posting(1, 1, DAY, dearer), changes) is Outcome.APPLIED
    assert page.apply(Posting(1, 0, DAY, buy), changes) is Outcome.SUPERSEDED
    assert page.apply(Posting(1, 1, DAY, buy), changes) is Outcome.CONFLICT
    assert page.apply(Posting(1, 2, DAY, NOTHING), changes) is Outcome.APPLIED
    assert page.apply(Posting(1, 2, DAY, NOTHING), changes) is Outcome.DUPLICATE
    client = ClientMeasures()
    for change in changes:
        client.add(*change)
    assert client.amounts == {}
