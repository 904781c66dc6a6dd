# SPDX-License-Identifier: Apache-2.0
"""What there is very much of: the revocations that a gateway finds as it starts, the tokens of a
client that is removed.  Nobody else feels it."""

import contextlib
import json
import sqlite3
import time

import pytest

import jwt_tools
from browser import Browser
from conftest import GRANTS, client
from gateway import ROOT, Gateway
from test_account_sharing import enter

N_TOKENS, N_REVOKED = 25000, 80000  # more than one task's memory holds


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("ends")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def filled(gateway, statement, rows):
    """As years have it."""
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link, link:
        link.executemany(statement, rows)


def test_a_gateway_starts_with_what_is_revoked(gateway):
    now = int(time.time())
    filled(gateway, "INSERT INTO revocation (number, id, why, at_s, until_s)"
           " VALUES (?, ?, 'session ended', ?, ?)",
           ((1000000 + n, f"revoked-{n:014d}", now, now + 86400) for n in range(N_REVOKED)))
    filled(gateway, "UPDATE generation SET number = ? WHERE kind = 'revocation'",
           [(1000000 + N_REVOKED,)])
    gateway.restart()
    browser = Browser(gateway)
    enter(browser, "sophea")
    assert browser.get("/account").status_code == 200
    assert gateway.process.poll() is None


def test_a_client_of_many_tokens_is_removed(gateway):
    party = client(gateway, "many", jwt_tools.ec_key(), grant_types=GRANTS,
                   scope="openid offline_access")
    answer = party.token(party.code(Browser(gateway), scope="openid"))
    token = answer.json()["refresh_token"]
    rest = ", ".join(column for _, column, *_ in gateway.sql("PRAGMA table_info(refresh)")
                     if column not in ("id", "grant_id"))
    filled(gateway, f"INSERT INTO refresh (id, grant_id, {rest}) SELECT ?, ?, {rest} FROM refresh"
           " WHERE id = (SELECT MIN(id) FROM refresh WHERE client_id = 'many')",
           ((f"~{n:021d}", f"grant-{n:016d}") for n in range(N_TOKENS)))
    gateway.dvara("client", "remove", "many")
    assert gateway.sql("SELECT COUNT(*) FROM refresh WHERE client_id = 'many'") == [(0,)]
    assert gateway.sql("SELECT COUNT(*) FROM revocation WHERE id LIKE 'grant-%'") == [(N_TOKENS,)]
    party = client(gateway, "many", jwt_tools.ec_key(), grant_types=GRANTS,
                   scope="openid offline_access")
    end = time.monotonic() + 30
    while (refused := party.refresh(token)).json()["error"] == "invalid_client":
        assert time.monotonic() < end, "the other key is not known yet"
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
