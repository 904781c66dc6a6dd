# SPDX-License-Identifier: Apache-2.0
"""Cases T50 to T53: a client that speaks for itself."""

import json
import time

import pytest
import requests

import jwt_tools
from conftest import ALL_SCOPES, client
from services import Caller, gateway_with, plugin
from test_introspect import ask, told
from test_token import assert_refused

CACHED_S = 1.1


@pytest.fixture(scope="module")
def robot(gateway):
    return client(gateway, "robot", jwt_tools.ec_key(), redirect_uris=[],
                  grant_types=["client_credentials"], scope=f"{ALL_SCOPES} report.read report.write",
                  dvara_resources=["sim-registration", "welfare"])


def own_token(party, credentials=None, **changes):
    return party.token(None, credentials, grant_type="client_credentials", redirect_uri=None,
                       code_verifier=None, **changes)


def test_t51_a_good_call(gateway, robot):
    answer = own_token(robot)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == "report.read report.write"
    claims = jwt_tools.payload_of(tokens["access_token"])
    assert claims["sub"] == claims["client_id"] == robot.id
    assert claims["aud"] == gateway.url and claims["scope"] == tokens["scope"]
    assert "auth_time" not in claims and "acr" not in claims
    assert told(robot, tokens["access_token"]) == {
        "active": True, "token_type": "Bearer", **claims}
    row = next(row for row in gateway.audit() if row["event"] == "token")
    assert row["client_id"] == robot.id and row["detail"]["grant_type"] == "client_credentials"
    assert not row.get("person_id")


def test_t50_who_may_not(gateway, robot, leg1, pub1, app, rp1):
    for party in (leg1, pub1, app, rp1):
        assert_refused(own_token(party), "unauthorized_client")
    assert_refused(own_token(robot, ({}, {})), "invalid_client", 401)
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({
        "client_id": "bad", "token_endpoint_auth_method": "none", "redirect_uris": [],
        "grant_types": ["client_credentials"]}))
    gateway.dvara("client", "apply", path, expect=1)


def test_t50_scopes(robot):
    for scope in ("openid", "report.read openid", "profile", "offline_access", "report.delete",
                  "Report.read", "report.read report.delete"):
        answer = own_token(robot, scope=scope)
        assert_refused(answer, "invalid_scope")
        assert "scope" in answer.json()["error_description"]
    assert own_token(robot, scope="report.read").json()["scope"] == "report.read"


def test_no_scope_at_all(gateway):
    bare = client(gateway, "bare", redirect_uris=[], grant_types=["client_credentials"], scope=None)
    tokens = own_token(bare).json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in"}
    assert "scope" not in jwt_tools.payload_of(tokens["access_token"])


def test_resources(gateway, robot):
    service = f"{gateway.url}/services/welfare"
    claims = jwt_tools.payload_of(own_token(robot, resource=service).json()["access_token"])
    assert claims["aud"] == service and claims["sub"] == robot.id
    for wrong in (f"{gateway.url}/services/other", "https://evil.test", f"{service} {gateway.url}",
                  f"{service}/x"):
        assert_refused(own_token(robot, resource=wrong), "invalid_target")
    claims = jwt_tools.payload_of(own_token(robot, resource=gateway.url).json()["access_token"])
    assert claims["aud"] == gateway.url


def test_it_speaks_for_nobody(gateway, robot):
    """Nothing about people is to be had for it."""
    token = own_token(robot).json()["access_token"]
    answer = robot.userinfo(token)
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    for path in ("vci/credential", "services/welfare/x"):
        answer = requests.post(f"{gateway.url}/{path}", timeout=20, json={},
                               headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 403, 404), answer.text


def test_a_service_sees_people(tmp_path):
    """Refused at the gateway; the service itself would refuse it once more."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running:
        caller = Caller(running, "hostile")
        caller.is_back("hostile", caller.token("hostile"))
        party = client(running, "robot", redirect_uris=[], dvara_resources=["hostile"],
                       grant_types=["client_credentials"])
        token = own_token(party, resource=f"{running.url}/services/hostile").json()["access_token"]
        answer = caller.call("hostile", token=token)
        assert answer.status_code == 403, answer.text
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
        assert caller.call("hostile").status_code == 200


def test_t53_a_client_that_is_removed(gateway):
    party = client(gateway, "shortlived", redirect_uris=[], grant_types=["client_credentials"])
    asker = client(gateway, "service-of-t53", jwt_tools.ec_key(), redirect_uris=[],
                   dvara_service=True)
    gateway.apply("client", {**party.stored, "dvara_resources": ["service-of-t53"]})
    time.sleep(CACHED_S)
    token = own_token(
        party, resource=f"{gateway.url}/services/service-of-t53").json()["access_token"]
    assert told(asker, token)["active"]
    gateway.dvara("client", "remove", party.id)
    time.sleep(CACHED_S)
    assert told(asker, token) == {"active": False}
    assert ask(party, token).status_code == 401
    assert party.userinfo(token).status_code == 401


def test_discovery(gateway):
    known = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert "client_credentials" in known["grant_types_supported"]
