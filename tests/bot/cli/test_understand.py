"""`frontdesk understand`: a line in, a line out."""

import json

from sqlalchemy import text

from core.database.connect import Database
from tests.bot.cli.conftest import Run


def test_lines_are_answered_in_order_one_for_one(run: Run) -> None:
    texts = ["book dr patel tuesday", "cancel it", "", "yes"]
    said = "".join(
        json.dumps({"id": number, "text": each}) + "\n" for number, each in enumerate(texts)
    )
    ran = run("understand", said=said)
    assert ran.code == 0
    answers = [json.loads(line) for line in ran.lines]
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3]
    assert [answers[number]["intent"] for number in (0, 1, 3)] == ["book", "cancel", "yes"]
    for answer in answers:
        assert set(answer) >= {"id", "lang", "intent", "confidence", "entities", "also"}
        assert 0 <= answer["confidence"] <= 1
    assert answers[0]["entities"]["practitioner"] == "Dr Anita Patel"


def test_a_line_that_cannot_be_read_has_its_answer_too(run: Run) -> None:
    lines = ["{", "[]", "7", '{"id": 1}', '{"id": 2, "text": 5}', '{"id": 3, "text": "yes"}']
    ran = run("understand", said="\n".join(lines) + "\n")
    assert ran.code == 1
    answers = [json.loads(line) for line in ran.lines]
    assert len(answers) == len(lines)
    assert answers[-1]["intent"] == "yes"
    assert all("error" in answer for answer in answers[:3])
    assert "Traceback" not in ran.err


def test_it_knows_the_databases_clinic_when_told(on_demo: Run, demo: Database) -> None:
    with demo.transaction() as connection:
        connection.execute(text("UPDATE practitioners SET last_name = 'Quux' WHERE id = 1"))
    said = '{"id": 1, "text": "book dr quux tuesday"}\n'
    known = json.loads(on_demo("understand", "--database", said=said).out)
    assert known["entities"]["practitioner"] == "Dr Anita Quux"
    unknown = json.loads(on_demo("understand", said=said).out)
    assert "practitioner" not in unknown["entities"]


def test_bytes_that_are_no_text_are_answered_too(run: Run) -> None:
    ran = run("understand", said=b'{"id": 1, "text": "caf\xe9"}\n')
    assert ran.code == 0
    assert json.loads(ran.out)["id"] == 1
