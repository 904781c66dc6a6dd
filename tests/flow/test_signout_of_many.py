# SPDX-License-Identifier: Apache-2.0
"""Who has as many sessions as there may be, and more visits than one task can tell of, is signed
out of all of them, and nobody else feels it."""

import json
import secrets
import sqlite3
import time

import pytest

from browser import Browser
from gateway import ROOT, Gateway
from test_account_sharing import enter, fields_of

N_SESSIONS, N_VISITS = 999, 20000


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("many")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def test_all_of_them_end(gateway):
    browser = Browser(gateway)
    enter(browser, "sophea")
    prefix = gateway.settings.get("redis.prefix", "dv:")
    [key], [people] = (gateway.redis.ask("KEYS", f"{prefix}{kind}:*") for kind in ("s", "sp"))
    value = gateway.redis.ask("GET", key)
    own, person = (value.partition(mark)[2][:22] for mark in ("i22:", "p22:"))
    score = str(int(float(gateway.redis.ask("ZSCORE", people, key.rpartition(":")[2]))))
    sessions = [secrets.token_urlsafe(16) for _ in range(N_SESSIONS)]
    with gateway.redis.open() as line:
        for one in sessions:
            name = secrets.token_urlsafe(32)
            gateway.redis.send(line, "SET", f"{prefix}s:{name}", value.replace(own, one))
            gateway.redis.send(line, "ZADD", people, score, name)
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            "INSERT INTO visit (sid, session_id, person_id, client_id, is_told, since_s)"
            " VALUES (?, ?, ?, 'bank', 1, ?)",
            ((secrets.token_urlsafe(16), sessions[n % (2 * N_SESSIONS)] if n % (2 * N_SESSIONS)
              < N_SESSIONS else secrets.token_urlsafe(16), person, int(time.time()))
             for n in range(N_VISITS)))
    link.close()
    fields = fields_of(browser.get("/account/sessions"), action="/account/sessions/end-all")
    assert browser.post("/account/sessions/end-all", fields).status_code < 400
    assert gateway.redis.ask("ZCARD", people) == 0
    ended = {row["detail"]["session"] for row in ended_of(gateway)}
    assert ended >= {*sessions, own}
    told, = gateway.sql("SELECT count(*) FROM outbox WHERE kind = 'logout'")[0]
    assert told >= 1000
    assert Browser(gateway).get("/account").status_code == 303


def ended_of(gateway):
    return [{"detail": json.loads(detail)} for detail, in gateway.sql(
        "SELECT detail FROM audit WHERE event = 'session.ended'")]
