# SPDX-License-Identifier: Apache-2.0
"""Cases U07, U09: POST /introspect.  Who holds a token and whom it is for may ask; to all others
it is not active."""

import json
import time

import pytest
import requests
from authlib.jose import JsonWebKey, JsonWebToken

import jwt_tools
from browser import Browser
from conftest import client
from dpop import Proofs
from gateway import ROOT, Gateway
from relying_party import RelyingParty
from test_dpop import proof_header
from test_gone_since import ROWAN, block
from test_refresh import offline
from test_token import assert_refused

SIGNED = "application/token-introspection+jwt"
INACTIVE = {"active": False}
CACHED_S = 1.1


def ask(party, token, credentials=None, headers=None, **more):
    form, sent = credentials if credentials is not None else party.credentials()
    form = {"token": token, **form, **more}
    return requests.post(
        f"{party.gateway.url}/introspect", timeout=20, headers={**sent, **(headers or {})},
        data={name: value for name, value in form.items() if value is not None})


def told(party, token, **more):
    answer = ask(party, token, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


@pytest.fixture(scope="module")
def with_service(tmp_path_factory):
    """A gateway with a client that calls the services "one" and "two", which ask as themselves."""
    with Gateway(tmp_path_factory.mktemp("services")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        running.caller = client(running, "caller", jwt_tools.ec_key(),
                                dvara_resources=["one", "two"])
        running.one, running.two = (service(running, name) for name in ("one", "two"))
        yield running


def service(gateway, name):
    return RelyingParty(gateway, {"client_id": name, "dvara_service": True,
                                  "redirect_uris": [], "client_name": name}, jwt_tools.ec_key())


def test_an_access_token_of_ones_own(gateway, rp1, browser):
    token = rp1.tokens(browser, scope="openid profile", claims=("name",))["access_token"]
    stands = jwt_tools.payload_of(token)
    assert told(rp1, token) == {"active": True, "token_type": "Bearer", **stands}
    assert told(rp1, token, token_type_hint="refresh_token")["active"]
    assert told(rp1, token, token_type_hint="foo")["active"]
    assert stands["aud"] == gateway.url
    with gateway.clock(310):  # it has expired
        now = int(time.time()) + 310
        form = {"client_assertion": rp1.assertion(iat=now, exp=now + 60),
                "client_assertion_type":
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        assert told(rp1, token, credentials=(form, {})) == INACTIVE


def test_a_token_that_is_bound_to_a_key(rp1, browser):
    proofs = Proofs()
    answer = rp1.token(rp1.code(browser), headers=proof_header(rp1, proofs))
    token = answer.json()["access_token"]
    known = told(rp1, token)
    assert known["token_type"] == "DPoP" and known["cnf"] == {"jkt": proofs.jkt}


def test_nothing_of_the_person_but_sub(rp1, browser):
    token = rp1.tokens(browser, scope="openid profile email", claims="all")["access_token"]
    answer = told(rp1, token)
    assert answer.keys() <= {"active", "iss", "aud", "sub", "client_id", "scope", "jti", "iat",
                             "exp", "auth_time", "acr", "token_type"}


def test_a_refresh_token(keeper, app, rp1, browser):
    tokens = offline(keeper, browser)
    answer = told(keeper, tokens["refresh_token"])
    assert answer["active"] and answer["client_id"] == keeper.id
    assert answer["scope"] == "openid offline_access"
    assert answer["sub"] == jwt_tools.payload_of(tokens["id_token"])["sub"]
    assert answer["exp"] - answer["iat"] == 30 * 86400
    assert "token_type" not in answer
    assert told(rp1, tokens["refresh_token"]) == INACTIVE
    # of a public client nobody is told: it cannot ask itself
    assert told(keeper, offline(app, browser)["refresh_token"]) == INACTIVE


def test_u07_without_authentication(keeper, app, browser):
    token = offline(keeper, browser)["access_token"]
    assert_refused(ask(keeper, token, ({}, {})), "invalid_client", 401)
    assert_refused(ask(keeper, token, ({"client_id": keeper.id}, {})), "invalid_client", 401)
    assert_refused(ask(keeper, token, ({}, {"Authorization": f"Bearer {token}"})),
                   "invalid_client", 401)
    own = offline(app, browser)["access_token"]
    assert_refused(ask(app, own), "invalid_client", 401)
    assert told(keeper, token)["active"]


def test_c01_a_wrong_secret(leg1, browser):
    token = leg1.tokens(browser)["access_token"]
    answer = ask(leg1, token, ({"client_id": leg1.id, "client_secret": "wrong wrong wrong"}, {}))
    assert_refused(answer, "invalid_client", 401)
    assert told(leg1, token)["active"]


def test_u09_what_is_no_token(gateway, rp1, browser):
    good = rp1.tokens(browser)
    for token in ("x", "a.b.c", good["id_token"], good["access_token"][:-1], "é" * 9, "A" * 65,
                  "A" * 60000, "'; DROP TABLE refresh; --", "\")redis.call('FLUSHALL')",
                  rp1.code(browser)):
        assert told(rp1, token) == INACTIVE, token[:40]
    for token in (None, ""):
        answer = ask(rp1, token)
        assert_refused(answer, "invalid_request")
        assert "token" in answer.json()["error_description"]
    assert ask(rp1, "A" * 100_000).status_code == 413
    assert requests.get(f"{gateway.url}/introspect", timeout=20).status_code == 405
    assert requests.post(f"{gateway.url}/introspect?token=x", timeout=20).status_code == 400
    assert requests.post(f"{gateway.url}/introspect", data="token=a%00", timeout=20, headers={
        "Content-Type": "application/x-www-form-urlencoded"}).status_code == 400
    assert told(rp1, good["access_token"])["active"]


def test_of_another_client(rp1, rp2, browser):
    token = rp1.tokens(browser)["access_token"]
    assert told(rp2, token) == INACTIVE
    assert told(rp1, token)["active"]


def test_the_service_that_it_is_for(with_service):
    browser = Browser(with_service)
    caller, one, two = with_service.caller, with_service.one, with_service.two
    token = caller.tokens(
        browser, resource=f"{with_service.url}/services/one")["access_token"]
    stands = jwt_tools.payload_of(token)
    assert told(one, token) == {"active": True, "token_type": "Bearer", **stands}
    assert told(caller, token)["active"]
    assert told(two, token) == INACTIVE
    own = caller.tokens(browser, scope="openid")
    assert told(one, own["access_token"]) == INACTIVE


def test_a_client_whose_id_is_a_services_path_is_not_the_service(with_service):
    """Only who is registered as a service is told as one."""
    caller = client(with_service, "caller3", dvara_resources=["lookalike"])
    lookalike = client(with_service, "lookalike")
    token = caller.tokens(Browser(with_service), persona="vannak",
                          resource=f"{with_service.url}/services/lookalike")["access_token"]
    assert told(lookalike, token) == INACTIVE
    assert told(caller, token)["active"]


@pytest.fixture
def rowan(gateway):
    gateway.apply("person", [ROWAN])
    return "rowan"


def test_what_has_ended_since(gateway, keeper, browser, rowan):
    tokens = offline(keeper, browser, persona=rowan)
    both = (tokens["access_token"], tokens["refresh_token"])
    assert all(told(keeper, token)["active"] for token in both)
    block(gateway)
    assert all(told(keeper, token) == INACTIVE for token in both)
    gateway.apply("person", [ROWAN])
    time.sleep(CACHED_S)
    assert all(told(keeper, token) == INACTIVE for token in both)
    tokens = offline(keeper, browser, persona=rowan)
    both = (tokens["access_token"], tokens["refresh_token"])
    assert all(told(keeper, token)["active"] for token in both)
    gateway.dvara("consent", "withdraw", gateway.consent_of(rowan, keeper.id)["id"])
    time.sleep(CACHED_S)
    assert all(told(keeper, token) == INACTIVE for token in both)


def signed(party, token):
    """RFC 9701: the claims, the signature checked by authlib."""
    answer = ask(party, token, headers={"Accept": f"{SIGNED}, application/json;q=0.5"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == SIGNED
    header = jwt_tools.header_of(answer.text)
    assert header["typ"] == "token-introspection+jwt"
    assert header["alg"] == party.stored["introspection_signed_response_alg"]
    keys = JsonWebKey.import_key_set(
        requests.get(f"{party.gateway.url}/jwks", timeout=20).json())
    claims = JsonWebToken([header["alg"]]).decode(answer.text, keys, claims_options={
        "iss": {"essential": True, "value": party.gateway.url},
        "aud": {"essential": True, "value": party.id}, "iat": {"essential": True}})
    claims.validate()
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    return claims["token_introspection"]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_a_signed_answer(gateway, browser, alg):
    party = client(gateway, f"signed-{alg.lower()}", introspection_signed_response_alg=alg)
    token = party.tokens(browser)["access_token"]
    if alg not in discovery(gateway)["introspection_signing_alg_values_supported"]:
        assert ask(party, token, headers={"Accept": SIGNED}).status_code == 503
        return
    assert signed(party, token) == told(party, token)
    assert signed(party, "x") == INACTIVE


@pytest.mark.parametrize("accepted, is_signed", [
    (f"application/json, {SIGNED}", True), (SIGNED.upper(), True), (f"{SIGNED};q=0.1", True),
    (f"{SIGNED};q=0", False), (f"{SIGNED}; q=0.000, application/json", False),
    (f"{SIGNED}2", False), ("*/*", False), ("application/*", False), (",;q=,", False)])
def test_which_answer_is_accepted(leg1, browser, accepted, is_signed):
    answer = ask(leg1, leg1.tokens(browser)["access_token"], headers={"Accept": accepted})
    assert answer.status_code == 200
    assert (answer.headers["Content-Type"] == SIGNED) == is_signed


def test_the_signed_answer_is_no_token(gateway, leg1, browser):
    token = leg1.tokens(browser)["access_token"]
    answer = ask(leg1, token, headers={"Accept": SIGNED}).text
    assert leg1.userinfo(answer).status_code == 401
    assert told(leg1, answer) == INACTIVE
    assert signed(leg1, token)["active"]


def test_t19_no_weak_algorithm(gateway):
    for alg in ("none", "HS256", "RS1"):
        path = gateway.folder / "bad.json"
        path.write_text(json.dumps({
            "client_id": "bad", "redirect_uris": ["https://bad.test/cb"],
            "introspection_signed_response_alg": alg}))
        gateway.dvara("client", "apply", path, expect=1)


def discovery(gateway):
    return requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()


def test_discovery(gateway):
    known = discovery(gateway)
    assert known["introspection_endpoint"] == f"{gateway.url}/introspect"
    assert "none" not in known["introspection_endpoint_auth_methods_supported"]
    assert "private_key_jwt" in known["introspection_endpoint_auth_methods_supported"]
    assert "ES256" in known["introspection_signing_alg_values_supported"]
    assert known["revocation_endpoint"] == f"{gateway.url}/revoke"
    assert "none" in known["revocation_endpoint_auth_methods_supported"]
