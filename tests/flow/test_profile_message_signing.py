# SPDX-License-Identifier: Apache-2.0
"""fapi2-message-signing-final-test-plan: signed requests by a push (JAR) and signed answers (JARM),
with private_key_jwt and DPoP.  The modules that do not sign are those of the security profile."""

import time

import pytest
import requests

import jwt_tools
from dpop import Proofs
from relying_party import RelyingParty, query_of
from suite import discovered
from test_fapi2 import GRANTS, Flow, authority, browser, profile  # fixtures
from test_request_object import push, signed
from test_token import assert_refused

FIXTURES = (authority, browser, profile)
JAR = {"dvara_profile": "fapi2", "grant_types": GRANTS, "require_signed_request_object": True}
HOUR_S = 3600


def flow_of(gateway, name, key=None, **more):
    return Flow(RelyingParty(gateway, {
        "client_id": name, "redirect_uris": [f"https://{name}.test/cb"], **JAR, **more},
        key or jwt_tools.ec_key()), Proofs())


@pytest.fixture(scope="module")
def jar(profile):
    return flow_of(profile, "jar")


@pytest.fixture(scope="module")
def other(profile):
    return flow_of(profile, "jar2")


def ends(jar, browser, answer):
    """From a good push to an answer of the resource; what came back on the way."""
    assert answer.status_code == 201, answer.text
    request_uri = answer.json()["request_uri"]
    answered = query_of(browser.walk(jar.party.open(browser, request_uri)))
    tokens = jar.token(answered["code"]).json()
    assert jar.userinfo(tokens["access_token"]).status_code == 200
    return answered, jar.party.id_token(tokens)


def refuses(jar, request, *errors):
    answer = push(jar.party, request)
    assert answer.status_code == 400 and "request_uri" not in answer.json()
    assert answer.json()["error"] in (errors or ("invalid_request_object",)), answer.text
    assert push(jar.party, signed(jar.party)).status_code == 201


def test_discovery_end_point_verification(profile):
    server = discovered(profile)
    assert {"PS256", "ES256"} <= set(server["request_object_signing_alg_values_supported"])
    assert {"PS256", "ES256"} <= set(server["authorization_signing_alg_values_supported"])
    assert {"jwt", "query.jwt"} <= set(server["response_modes_supported"])
    assert server["request_parameter_supported"] is True


def test_happy_flow(jar, browser):
    answered, claims = ends(jar, browser, push(jar.party, signed(jar.party)))
    assert answered["state"] == jar.party.sent["state"]
    assert claims["nonce"] == jar.party.sent["nonce"]


def test_happy_flow_jarm(profile, browser):
    """The answer is one signed parameter: iss, aud, exp and what a plain one has."""
    jar = flow_of(profile, "jarm", authorization_signed_response_alg="ES256")
    answer = push(jar.party, signed(jar.party, response_mode="jwt"))
    assert answer.status_code == 201, answer.text
    answer = browser.walk(jar.party.open(browser, answer.json()["request_uri"]))
    fields = query_of(answer)
    assert fields.keys() == {"response"}
    header = jwt_tools.header_of(fields["response"])
    keys = requests.get(f"{jar.url}/jwks", timeout=20).json()["keys"]
    assert header["alg"] == "ES256" and header["kid"] in [key["kid"] for key in keys]
    claims = jwt_tools.payload_of(fields["response"])
    assert claims["iss"] == jar.url and claims["aud"] == jar.party.id
    assert time.time() < claims["exp"] <= time.time() + 600
    assert claims["state"] == jar.party.sent["state"]
    assert jar.token(claims["code"]).status_code == 200


def test_ensure_request_object_with_multiple_aud_succeeds(jar, browser):
    ends(jar, browser, push(jar.party, signed(
        jar.party, aud=[jar.url, "https://other.test"])))


def test_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(jar, browser):
    ends(jar, browser, push(jar.party, signed(jar.party, nbf=int(time.time()) + 8)))


def test_ensure_different_nonce_inside_and_outside_request_object(jar, browser):
    _, claims = ends(jar, browser, push(jar.party, signed(jar.party), nonce="outside"))
    assert claims["nonce"] == jar.party.sent["nonce"]


def test_ensure_different_state_inside_and_outside_request_object(jar, browser):
    answered, _ = ends(jar, browser, push(jar.party, signed(jar.party), state="outside"))
    assert answered["state"] == jar.party.sent["state"]


def test_state_only_outside_request_object_not_used(jar, browser):
    answered, _ = ends(jar, browser, push(
        jar.party, signed(jar.party, state=None), state="outside"))
    assert "state" not in answered


def test_ensure_request_object_without_exp_fails(jar):
    refuses(jar, signed(jar.party, exp=None))


def test_ensure_request_object_without_nbf_fails(jar):
    refuses(jar, signed(jar.party, nbf=None))


def test_ensure_request_object_without_redirect_uri_fails(jar):
    refuses(jar, signed(jar.party, redirect_uri=None), "invalid_request", "invalid_request_object")


def test_ensure_expired_request_object_fails(jar):
    refuses(jar, signed(jar.party, exp=int(time.time()) - 300))


def test_ensure_request_object_with_bad_aud_fails(jar):
    refuses(jar, signed(jar.party, aud="https://other.test"))


def test_ensure_request_object_with_exp_over_60_fails(jar):
    refuses(jar, signed(jar.party, exp=int(time.time()) + HOUR_S + 600))


def test_ensure_request_object_with_nbf_over_60_fails(jar):
    refuses(jar, signed(jar.party, nbf=int(time.time()) - HOUR_S - 600))


def test_ensure_signed_request_object_with_rs256_fails(profile):
    rsa = flow_of(profile, "jarrsa", jwt_tools.rsa_key())
    assert_refused(push(rsa.party, signed(rsa.party, alg="RS256")), "invalid_request_object")
    assert push(rsa.party, signed(rsa.party, alg="PS256")).status_code == 201


def test_ensure_request_object_signature_algorithm_is_not_none(jar):
    payload = signed(jar.party).split(".")[1]
    refuses(jar, jwt_tools.b64u(b'{"alg":"none"}') + f".{payload}.")


def test_ensure_request_object_with_invalid_signature_fails(jar):
    head, payload, _ = signed(jar.party).split(".")
    refuses(jar, f"{head}.{payload}.{'A' * 86}")


def test_ensure_matching_key_in_authorization_request(jar, other):
    refuses(jar, signed(jar.party, key=other.party.key))


def test_ensure_unsigned_request_at_par_endpoint_fails(jar):
    assert_refused(jar.party.push(), "invalid_request")


def test_par_authorization_request_containing_request_uri(jar):
    refuses(jar, signed(jar.party, request_uri="urn:ietf:params:oauth:request_uri:x"),
            "invalid_request", "invalid_request_object")
