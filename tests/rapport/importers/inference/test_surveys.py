"""Exports of systems for surveys: their kind is seen, and the texts of questions name them."""

import csv

import pytest

from rapport.importers.inference.infer import guess
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import SourceRecord

QUALTRICS = [
    [
        *("StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate"),
        *("ResponseId", "Q1_1", "Q2", "Q3_NPS_GROUP", "Q3", "Q4"),
    ],
    [
        *("Start Date", "End Date", "Response Type", "Progress", "Finished", "Recorded Date"),
        *(
            "Response ID",
            "To what extent do you agree with what follows? - I trust the IT team",
        ),
        *("How clear is the information of IT?", "Recommend IT - Group", "Would you recommend IT?"),
        "In which department do you work?",
    ],
    [
        '{"ImportId":"startDate","timeZone":"America/Denver"}',
        *('{"ImportId":"endDate","timeZone":"America/Denver"}', '{"ImportId":"status"}'),
        *('{"ImportId":"progress"}', '{"ImportId":"finished"}'),
        '{"ImportId":"recordedDate","timeZone":"America/Denver"}',
        *('{"ImportId":"_recordId"}', '{"ImportId":"QID1_1"}', '{"ImportId":"QID2"}'),
        *('{"ImportId":"QID3-NPS"}', '{"ImportId":"QID3"}', '{"ImportId":"QID4"}'),
    ],
    [
        *("2026-03-02 09:00:00", "2026-03-02 09:04:00", "IP Address", "100", "True"),
        *("2026-03-02 09:04:01", "R_1", "4", "5", "Promoter", "9", "Finance"),
    ],
    [
        *("2026-03-02 09:10:00", "2026-03-02 09:14:00", "Survey Preview", "100", "True"),
        *("2026-03-02 09:14:01", "R_2", "1", "1", "Detractor", "0", "Finance"),
    ],
    [
        *("2026-03-02 10:00:00", "2026-03-02 10:04:00", "IP Address", "100", "True"),
        *("2026-03-02 10:04:01", "R_3", "2", "3", "Detractor", "6", "Legal"),
    ],
]
MONKEY = [
    [
        *("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"),
        *("Your department", "How much do you agree? (1-5)", "", "Would you recommend IT?"),
    ],
    ["", "", "", "", "", "Response", "IT keeps its promises", "IT informs us: communication", ""],
    [
        *("1101", "77", "03/16/2026 09:00:00 AM", "03/16/2026 09:05:00 AM", "10.0.0.1"),
        *("Finance", "4", "2", "9"),
    ],
    [
        *("1102", "77", "03/17/2026 09:00:00 AM", "03/17/2026 09:05:00 AM", "10.0.0.2"),
        *("Legal", "5", "3", "10"),
    ],
]
FORMS = [
    ["ID", "Start time", "Completion time", "Email", "Name", "Department", "I trust IT"],
    *(
        [str(n), f"2026-03-0{n} 09:00:00", f"2026-03-0{n} 09:05:00", "anonymous", "", *answers]
        for n, answers in ((1, ("Finance", "Strongly agree")), (2, ("Legal", "Disagree")))
    ),
]
LIMESURVEY = [
    ["id", "submitdate", "lastpage", "startlanguage", "department", "trust"],
    ["1", "2026-03-02 09:05:00", "2", "en", "Finance", "4"],
    ["2", "2026-03-03 09:05:00", "2", "en", "Legal", "2"],
]
GOOGLE = [
    ["Timestamp", "Your department?", "How is IT? [Its information is clear]", "Do you trust IT?"],
    ["2026/03/02 9:05:00 AM GMT+1", "Finance", "4", "5"],
    ["2026/03/03 9:05:00 AM GMT+1", "Legal", "2", "3"],
]
SYSTEMS = {
    "Qualtrics": (
        QUALTRICS,
        "2026-03-02 16:04",
        [{"trust": 4, "clarity": 5, "recommend": 9}, {"trust": 2, "clarity": 3, "recommend": 6}],
    ),
    "SurveyMonkey": (
        MONKEY,
        "2026-03-16 09:05",
        [
            {"delivery": 4, "communication": 2, "recommend": 9},
            {"delivery": 5, "communication": 3, "recommend": 10},
        ],
    ),
    "Microsoft Forms": (FORMS, "2026-03-01 09:05", [{"trust": 5}, {"trust": 2}]),
    "LimeSurvey": (LIMESURVEY, "2026-03-02 09:05", [{"trust": 4}, {"trust": 2}]),
    "Google Forms": (
        GOOGLE,
        "2026-03-02 08:05",
        [{"clarity": 4, "trust": 5}, {"clarity": 2, "trust": 3}],
    ),
}
CODES_ONLY = {
    "Qualtrics": ["StartDate", "EndDate", "Status", "RecordedDate", "ResponseId", "Q1", "Priority"],
    "Forms": ["ID", "Start time", "Completion time", "Email", "Name", "Q1", "Created", "Priority"],
    "Forms in Dutch": ["Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Vraag 1"],
    "SurveyMonkey": ["Respondent ID", "Collector ID", "Start Date", "End Date", "Q1"],
    "LimeSurvey": ["id", "submitdate", "lastpage", "startlanguage", "G1Q1", "startdate"],
    "LimeSurvey in Dutch": ["Antwoord-ID", "Laatste pagina", "Starttaal", "V1"],
    "Google Forms": ["Tijdstempel", "Hoe gaat het?"],
}


def written(tmp_path, rows):
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_for_surveys_is_read(tmp_path, name):
    rows, first, answers = SYSTEMS[name]
    path = written(tmp_path, rows)
    proposal = guess(path)
    assert proposal.kind == "surveys"
    table, outcomes = open_records(path, proposal.mapping)
    found = [one.events[0] for one in outcomes if isinstance(one, SourceRecord)]
    table.close()
    read = [{one.question: one.score for one in event.data.answers} for event in found]
    assert read == answers
    assert [event.data.client for event in found] == ["finance", "legal"]
    assert f"{found[0].at:%Y-%m-%d %H:%M}" == first


@pytest.mark.parametrize("name", CODES_ONLY)
def test_the_names_of_a_system_for_surveys_are_enough(tmp_path, name):
    header = CODES_ONLY[name]
    path = written(tmp_path, [header, ["2026-03-02 09:05:00"] * len(header)])
    assert guess(path).kind == "surveys"


def test_a_question_is_shown_with_its_text_and_previews_are_left_out(tmp_path):
    proposal = guess(written(tmp_path, QUALTRICS))
    assert any("'Q2' (How clear is the information of IT?)" in note for note in proposal.notes)
    assert proposal.mapping.skip["Status"] == ["Survey Preview", "1", "Spam", "8"]
    assert any("previews, spam" in note for note in proposal.notes)
