"""What a load balancer asks: alive, and able to take messages?"""

import logging

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from core.database.connect import Database
from core.database.guards import missing_guards
from core.database.migrate import is_current

logger = logging.getLogger("frontdesk.health")


def make_blueprint(database: Database) -> Blueprint:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        checks = readiness(database)
        is_ready = all(checks.values())
        return jsonify(ready=is_ready, checks=checks), 200 if is_ready else 503

    return blueprint


def readiness(database: Database) -> dict[str, bool]:
    """Each check and how it went; what could not be asked has failed."""
    checks = {"database": False, "migrated": False, "guards": False}
    try:
        with database.reading() as connection:
            checks["database"] = True
            checks["migrated"] = is_current(connection)
            checks["guards"] = not missing_guards(connection)
    except SQLAlchemyError:
        logger.exception("not ready")
    return checks
