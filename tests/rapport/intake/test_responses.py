"""What a batch is answered, by what became of its events."""

import json

import pytest

from rapport.intake.responses import Result, batch_answer
from rapport_schemas.wire.http import RequestRejected
from rapport_schemas.wire.rejection import Rejected

TAKEN = Result("1", None, None)
INVALID = Result("2", None, Rejected("invalid", "data.priority", "wrong"))
TOO_BIG = Result("3", None, Rejected("too-big", "", "long"))
AWAY = Result("4", None, RequestRejected("kafka-away", "", "gone", retry_seconds=5))


@pytest.mark.parametrize(
    ("results", "status", "retry"),
    [
        ([], 202, None),
        ([TAKEN, TAKEN], 202, None),
        ([TAKEN, INVALID], 207, None),
        ([INVALID, INVALID], 422, None),
        ([INVALID, TOO_BIG], 207, None),
        ([TAKEN, AWAY], 503, "5"),
        ([AWAY, INVALID, TAKEN], 503, "5"),
    ],
)
def test_the_status_says_whether_sending_again_is_of_use(results, status, retry):
    answer = batch_answer(results)
    assert (answer.status, answer.headers.get("Retry-After")) == (status, retry)
    found = json.loads(answer.body)
    assert found["accepted"] == sum(result is TAKEN for result in results)
    assert [one["id"] for one in found["results"]] == [result.id for result in results]
