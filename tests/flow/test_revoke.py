# SPDX-License-Identifier: Apache-2.0
"""Cases U10 to U12: POST /revoke."""

import requests

import jwt_tools
from test_introspect import told
from test_refresh import assert_dead, offline, refreshed
from test_token import assert_refused

INACTIVE = {"active": False}


def revoke(party, token, credentials=None, headers=None, **more):
    form, sent = credentials if credentials is not None else party.credentials()
    return requests.post(f"{party.gateway.url}/revoke", data={"token": token, **form, **more},
                         headers={**sent, **(headers or {})}, timeout=20)


def revoked(party, token, **more):
    answer = revoke(party, token, **more)
    assert answer.status_code == 200, answer.text
    assert answer.text == "" and answer.headers["Cache-Control"] == "no-store"


def test_an_access_token_goes_alone(gateway, keeper, browser):
    tokens = offline(keeper, browser)
    other = refreshed(keeper, tokens["refresh_token"])["access_token"]
    revoked(keeper, tokens["access_token"])
    assert keeper.userinfo(tokens["access_token"]).status_code == 401  # at once
    assert told(keeper, tokens["access_token"]) == INACTIVE
    assert keeper.userinfo(other).status_code == 200
    refreshed(keeper, tokens["refresh_token"])
    row = next(row for row in gateway.audit() if row["event"] == "token.revoked")
    assert row["client_id"] == keeper.id and row["detail"]["why"] == "revoked by its client"


def test_u12_a_refresh_token_takes_all_with_it(gateway, keeper, app, browser):
    for party in (keeper, app):
        first = offline(party, browser)
        second = refreshed(party, first["refresh_token"])
        revoked(party, second["refresh_token"])
        for tokens in (first, second):
            assert party.userinfo(tokens["access_token"]).status_code == 401
            assert_refused(party.refresh(tokens["refresh_token"]), "invalid_grant")
        row = next(row for row in gateway.audit() if row["event"] == "grant.revoked")
        assert row["detail"]["why"] == "revoked by its client"
        refreshed(party, offline(party, browser)["refresh_token"])


def test_one_that_was_rotated_out(app, browser):
    first = offline(app, browser)
    second = refreshed(app, first["refresh_token"])
    revoked(app, first["refresh_token"])
    assert_refused(app.refresh(second["refresh_token"]), "invalid_grant")
    assert_dead(app, second["access_token"])


def test_u10_hints_and_unknown_tokens(keeper, browser):
    for hint in ("refresh_token", "access_token", "foo", ""):
        tokens = offline(keeper, browser)
        revoked(keeper, tokens["access_token"], token_type_hint=hint)
        assert told(keeper, tokens["access_token"]) == INACTIVE
        revoked(keeper, tokens["refresh_token"], token_type_hint=hint)
        assert_refused(keeper.refresh(tokens["refresh_token"]), "invalid_grant")
        for again in (tokens["access_token"], tokens["refresh_token"], "x", "A" * 65, "a.b.c",
                      tokens["id_token"], "'; DROP TABLE refresh; --"):
            revoked(keeper, again, token_type_hint=hint)


def test_u11_another_clients(keeper, rp1, leg1, app, browser):
    tokens = offline(keeper, browser)
    for party in (rp1, leg1, app):
        assert_refused(revoke(party, tokens["access_token"]), "unauthorized_client")
        assert_refused(revoke(party, tokens["refresh_token"]), "unauthorized_client")
    assert_refused(revoke(keeper, tokens["access_token"], ({}, {})), "invalid_client", 401)
    assert_refused(revoke(keeper, tokens["refresh_token"], ({"client_id": keeper.id}, {})),
                   "invalid_client", 401)
    assert keeper.userinfo(tokens["access_token"]).status_code == 200
    refreshed(keeper, tokens["refresh_token"])


def test_what_must_stand_in_it(gateway, keeper, browser):
    for form in ({}, {"token": ""}):
        answer = requests.post(f"{gateway.url}/revoke", timeout=20,
                               data={**form, **keeper.credentials()[0]})
        assert_refused(answer, "invalid_request")
        assert "token" in answer.json()["error_description"]
    assert requests.get(f"{gateway.url}/revoke", timeout=20).status_code == 405
    assert requests.post(f"{gateway.url}/revoke?token=x", timeout=20).status_code == 400


def test_it_lasts(keeper, gateway, browser):
    """What SQL has, a Redis that comes back with an older state does not undo."""
    token = offline(keeper, browser)["access_token"]
    kept = gateway.redis.ask("GET", key_of(gateway, token))
    revoked(keeper, token)
    for key in gateway.redis.ask("KEYS", "dv:rv:*"):
        gateway.redis.ask("DEL", key)
    gateway.redis.ask("SET", key_of(gateway, token), kept, "EX", "300")
    assert keeper.userinfo(token).status_code == 401
    assert told(keeper, token) == INACTIVE


def key_of(gateway, token):
    return f"dv:t:{jwt_tools.s256(token)}"


def test_u15_of_a_browsers_app(gateway, app, keeper, browser):
    tokens = offline(keeper, browser)
    for origin, allowed in (("https://keeper.test", True), ("https://evil.test", False)):
        answer = revoke(keeper, tokens["access_token"], headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        assert answer.headers.get("Access-Control-Allow-Origin") != "*"
