"""The yardstick: a handler that checks Twilio's signature and writes three rows, and nothing else.

No state, no understanding, no slots, no encryption: as fast as Flask, the validator and SQLAlchemy
Core allow on the same database in the same mode.
"""

import itertools
import time

import sqlalchemy as sa
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from core.database.connect import Database

metadata = sa.MetaData()
inbound = sa.Table(
    "bare_inbound",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("sid", sa.Text, unique=True),
    sa.Column("sender", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("at", sa.Float),
)
outbound = sa.Table(
    "bare_outbound",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("recipient", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("at", sa.Float),
    sa.Column("status", sa.Text),
)
audit = sa.Table(
    "bare_audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("who", sa.Text),
    sa.Column("what", sa.Text),
    sa.Column("at", sa.Float),
)


def create_bare_app(database: Database, auth_token: str, url: str) -> Flask:
    metadata.create_all(database.engine)
    app = Flask(__name__)
    validator = RequestValidator(auth_token)
    numbers = itertools.count()
    insert_in, insert_out, insert_audit = sa.insert(inbound), sa.insert(outbound), sa.insert(audit)

    @app.post("/twilio/messages")
    def receive() -> Response:
        form = request.form
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        now, sender = time.time(), form["From"]
        with database.transaction() as connection:
            sid = f"{next(numbers)}-{time.time_ns()}"
            row = {"sid": sid, "sender": sender, "body": form["Body"], "at": now}
            connection.execute(insert_in, row)
            reply = {"recipient": sender, "body": "Which day?", "at": now, "status": "sent"}
            connection.execute(insert_out, reply)
            connection.execute(insert_audit, {"who": sender, "what": "turn", "at": now})
        return Response("<Response/>", mimetype="text/xml")

    return app
