# SPDX-License-Identifier: Apache-2.0
"""Who has as many sessions as there may be, and more visits than one step can tell of, is signed
out of all of them; each client is told, and nobody else feels it."""

import json
import os
import secrets
import sqlite3
import time

import pytest

import jwt_tools
from browser import Browser
from conftest import client
from gateway import ROOT, Gateway
from logout_receiver import Receiver, opened
from test_account_sharing import enter, fields_of

N_SESSIONS, N_CLIENTS = 999, 300
N_VISITS = 20000 if os.environ.get("DVARA_LONG") else 2400  # a step tells of 500
TOLD_S = 120


@pytest.fixture(scope="module")
def receiver():
    here = Receiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("many"), {"outbound.allow": "127.0.0.1"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def visits_add(gateway, person, sessions, clients):
    """N_VISITS, the oldest one the last client's; half of them of sessions that Redis knows no more."""
    began = int(time.time()) - N_VISITS
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            "INSERT INTO visit (sid, session_id, person_id, client_id, is_told, since_s)"
            " VALUES (?, ?, ?, ?, 1, ?)",
            ((secrets.token_urlsafe(16),
              sessions[n // 2 % len(sessions)] if n % 2 else secrets.token_urlsafe(16),
              person, clients[n % len(clients) - 1], began + n) for n in range(N_VISITS)))
    link.close()


def told(gateway):
    return [client_id for client_id, in gateway.sql(
        "SELECT client_id FROM outbox WHERE kind = 'logout'")]


def until(condition):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < TOLD_S
        time.sleep(0.1)


def test_all_of_them_end(gateway, receiver):
    last = client(gateway, "last", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  backchannel_logout_uri=f"{receiver.url}/last")
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
    visits_add(gateway, person, sessions, [*(f"c{n}" for n in range(N_CLIENTS - 1)), last.id])
    fields = fields_of(browser.get("/account/sessions"), action="/account/sessions/end-all")
    assert browser.post("/account/sessions/end-all", fields).status_code < 400
    assert gateway.redis.ask("ZCARD", people) == 0
    ended = {row["detail"]["session"] for row in ended_of(gateway)}
    assert ended >= {*sessions, own}
    assert Browser(gateway).get("/account").status_code == 303
    until(lambda: len(told(gateway)) == N_VISITS)
    assert len(set(told(gateway))) == N_CLIENTS
    assert gateway.sql("SELECT count(*) FROM visit") == [(0,)]
    n_last = told(gateway).count(last.id)
    until(lambda: len(receiver.tokens("/last")) >= n_last)
    sids = {opened(gateway, token, "ES256")["sid"] for token in receiver.tokens("/last")}
    assert len(sids) == n_last


def test_who_came_back_meanwhile_is_not_told(gateway, receiver):
    """The rest is of what was before: a visit that begins while it is told of stays."""
    person, = gateway.sql("SELECT person_id FROM outbox WHERE kind = 'logout' LIMIT 1")[0]
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        for sid, since_s in (("before", 1700000000), ("after", 1700000001)):
            link.execute("INSERT INTO visit (sid, session_id, person_id, client_id, is_told, since_s)"
                         " VALUES (?, ?, ?, 'last', 1, ?)", (sid, f"{sid}-session", person, since_s))
        link.execute("INSERT INTO outbox (id, kind, person_id, client_id, body, state, n_tries,"
                     " since_s, next_s, done_s) VALUES ('rest', 'signout', ?, '',"
                     " '{\"before\":1700000001}', 'waiting', 0, 1, 1, 0)", (person,))
    link.close()
    until(lambda: gateway.sql("SELECT state FROM outbox WHERE id = 'rest'") == [("delivered",)])
    assert gateway.sql("SELECT sid FROM visit") == [("after",)]
    assert gateway.sql("SELECT count(*) FROM outbox WHERE body LIKE '%before-session%'") == [(1,)]


def ended_of(gateway):
    return [{"detail": json.loads(detail)} for detail, in gateway.sql(
        "SELECT detail FROM audit WHERE event = 'session.ended'")]
