"""Small-group suppression in a real worker: answers of six are shown, those of four withheld."""

import urllib.request

import pytest
from run_rapport import run_rapport

from rapport.devkit.testing import records_of
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.ticket import TicketRated, TicketResolved
from rapport_schemas.wire.registry import PUBLISHED

pytestmark = pytest.mark.kafka
OF_ANSWERS = {"answer", "ticket_rated", "survey_answered", "survey_invited"}
PAGES = ("", "/scores", "/reasons")
WITHHELD = {
    "en": ": not shown, fewer than 5 respondents: ",
    "nl": ": niet getoond, minder dan 5 respondenten: ",
}


def survey_answers(client, people, own, independent):
    """Yield twelve tickets, and what so many people of each side answered."""
    for number in range(12):
        yield TicketResolved(client=client, ticket_id=f"T{number}", priority="P2", sla_met=True)
    for number in range(people):
        yield TicketRated(client=client, ticket_id=f"T{number}", score=2)
        for viewpoint, score in (("client", 3), ("own", own), ("independent", independent)):
            answers = [Answer(question="trust", score=score)]
            yield SurveyAnswered(
                client=client, survey_id="q1", viewpoint=viewpoint, answers=answers
            )


@pytest.fixture(scope="module")
def worker_outputs(system):
    """A worker that knows two clients of four answers, which differ in them, and one of six."""
    system.until(lambda: system.status()["ready"])
    records = []
    for client, views in {"four-a": (4, 5, 1), "four-b": (4, 1, 4), "six-six": (6, 5, 1)}.items():
        system.register(client, name=client)
        system.until(lambda client=client: f'"{client}"' in fetched(system, "/clients"))
        events = enumerate(survey_answers(client, *views))
        records += [system.event(data, f"{client}-{number}") for number, data in events]
    count = system.status()["evaluated_events"] + len(records)
    system.send(*records)
    system.until(lambda: system.status()["evaluated_events"] >= count)
    shown = {"trust", "perception", "trust.own", "trust.independent"}
    system.until(lambda: shown <= {change.score for change in announced(system, "six-six")})
    return system


def announced(system, client):
    found = []
    for record in records_of(system.bootstrap, "relationship-health"):
        kind = dict(record.headers)["ce_type"].decode()
        change = PUBLISHED[kind].decode(record.value)
        if change.client == client and hasattr(change, "score"):
            found.append(change)
    return found


def fetched(system, path):
    with urllib.request.urlopen(f"{system.url}{path}") as answer:  # noqa: S310 # the worker's own address
        return answer.read().decode()


def outputs(system, client):
    """Return all that can be asked about a client, by what it is asked with."""
    metrics = fetched(system, "/metrics").splitlines()
    found = {"metrics": "\n".join(line for line in metrics if f'client="{client}"' in line)}
    found["/clients"] = fetched(system, f"/clients/{client}")
    for lang in ("en", "nl"):
        for path in (f"/clients/{client}/explanation", *(f"/pages/{client}{one}" for one in PAGES)):
            found[f"{path} {lang}"] = fetched(system, f"{path}?since=7d&lang={lang}")
        done = run_rapport("explain", client, "--url", system.url, "--since", "7d", "--lang", lang)
        assert done.returncode == 0, done.stderr
        found[f"explain {lang}"] = done.stdout
    return {name.replace(client, "client"): text for name, text in found.items()}


def test_what_four_people_answered_is_in_nothing_that_a_worker_says(worker_outputs):
    first, second = outputs(worker_outputs, "four-a"), outputs(worker_outputs, "four-b")
    assert first.keys() == second.keys()
    for name, text in first.items():
        assert text.replace("four-a", "client") == second[name].replace("four-b", "client"), name


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_answers_of_four_are_shown_as_withheld_and_those_of_six_in_full(worker_outputs, lang):
    four, six = outputs(worker_outputs, "four-a"), outputs(worker_outputs, "six-six")
    for name in (f"explain {lang}", f"/pages/client/scores {lang}"):
        assert four[name].count(WITHHELD[lang]) >= 3, name
        assert WITHHELD[lang] not in six[name], name


def test_four_have_no_series_of_answers_and_six_have(worker_outputs):
    four, six = (outputs(worker_outputs, client)["metrics"] for client in ("four-a", "six-six"))
    for of_answers in (
        "rapport_client_perception_gap_ratio{",
        "rapport_client_perception_gap_probability_ratio{",
        'rapport_client_trust_view_ratio{client="six-six",viewpoint="own"}',
        'rapport_client_trust_view_ratio{client="six-six",viewpoint="independent"}',
        'component="survey"',
        'component="rating"',
    ):
        assert of_answers in six
        assert of_answers.replace("six-six", "four-a") not in four
    assert 'rapport_client_trust_ratio{client="four-a"}' in four
    assert 'component="combined"' in four


def test_of_four_no_announcement_speaks_of_answers_and_of_six_it_does(worker_outputs):
    four, six = announced(worker_outputs, "four-a"), announced(worker_outputs, "six-six")
    assert {change.score for change in four}.isdisjoint(
        {"perception", "trust.own", "trust.independent"}
    )
    assert "trust" in {change.score for change in four}
    kinds = [
        {
            worker_outputs.kind
            for change in changes
            for worker_outputs in (*change.attribution, *change.evidence)
        }
        for changes in (four, six)
    ]
    assert kinds[0].isdisjoint(OF_ANSWERS)
    assert {"answer", "ticket_rated"} <= kinds[1]
