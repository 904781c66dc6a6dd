# SPDX-License-Identifier: Apache-2.0
"""Cases P01, P09, P12, P15: request objects (RFC 9101, FAPI 2.0 Message Signing), at /par and at
/authorize."""

import json
import secrets
import time

import pytest
import requests

import jwt_tools
from conftest import client
from relying_party import ASSERTION_TYPE, query_of
from test_authorize import assert_login, assert_page, assert_red
from test_token import assert_refused


@pytest.fixture(scope="module")
def signs(gateway):
    """fapi2, all its requests signed."""
    return client(gateway, "signs", jwt_tools.ec_key(), dvara_profile="fapi2",
                  require_signed_request_object=True)


@pytest.fixture(scope="module")
def ps256(gateway):
    """Standard, registered for PS256 alone."""
    return client(gateway, "ps256", jwt_tools.rsa_key(), request_object_signing_alg="PS256")


def signed(rp, header=None, key=None, alg="ES256", **changes):
    """A request object of a good request, its claims as changed."""
    now = int(time.time())
    rp.sent = rp.request()
    claims = {**rp.sent, "iss": rp.id, "aud": rp.gateway.url, "exp": now + 300, "nbf": now,
              "iat": now, "jti": secrets.token_urlsafe(8), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": alg, "typ": "oauth-authz-req+jwt", "kid": "k1", **(header or {})}
    header = {name: value for name, value in header.items() if value is not None}
    return jwt_tools.sign(key or rp.key, header, claims, alg)


def push(rp, jwt, **outside):
    form, headers = rp.credentials()
    return requests.post(f"{rp.gateway.url}/par", headers=headers, timeout=20, data={
        "client_id": rp.id, "request": jwt, **form, **outside})


def by_value(rp, browser, jwt, **outside):
    return browser.get("/authorize", params={"client_id": rp.id, "request": jwt, **outside})


def done(rp, browser, answer):
    """From a good push to the parameters that come back."""
    assert answer.status_code == 201, answer.text
    return query_of(browser.walk(rp.open(browser, answer.json()["request_uri"])))


def test_by_push(signs, browser):
    answered = done(signs, browser, push(signs, signed(signs)))
    assert answered["state"] == signs.sent["state"] and "code" in answered


def test_by_value(rp1, browser):
    answer = by_value(rp1, browser, signed(rp1))
    assert_login(answer)
    code = query_of(browser.walk(answer))["code"]
    assert rp1.token(code).status_code == 200


@pytest.mark.parametrize("typ", ["JWT", None, "application/oauth-authz-req+jwt"])
def test_types_that_are_usual(rp1, browser, typ):
    assert_login(by_value(rp1, browser, signed(rp1, {"typ": typ})))


def bad(rp, other):
    """What an object must not be: P09 and the names of the suite behind it."""
    now = int(time.time())
    good = signed(rp)
    head, payload, signature = good.split(".")
    return {
        "alg none": jwt_tools.b64u(b'{"alg":"none"}') + f".{payload}.",
        "alg none, signed": jwt_tools.b64u(b'{"alg":"none"}') + f".{payload}.{signature}",
        "alg HS256": jwt_tools.b64u(b'{"alg":"HS256"}') + f".{payload}.{signature}",
        "with-invalid-signature": f"{head}.{payload}.{'A' * 86}",
        "matching-key": signed(rp, key=other.key),
        "two parts": f"{head}.{payload}",
        "no JWT": "x",
        "payload is no JSON": jwt_tools.sign(
            rp.key, {"alg": "ES256", "kid": "k1"}, b"[]"),
        "member twice": jwt_tools.sign(
            rp.key, {"alg": "ES256", "kid": "k1"}, b'{"iss":"a","iss":"b"}'),
        "typ of an access token": signed(rp, {"typ": "at+jwt"}),
        "crit": signed(rp, {"crit": ["x"]}),
        "kid": signed(rp, {"kid": "k9"}),
        "with-bad-aud": signed(rp, aud="https://other.test"),
        "aud of the endpoint": signed(rp, aud=f"{rp.gateway.url}/par"),
        "without aud": signed(rp, aud=None),
        "without-exp": signed(rp, exp=None),
        "without-nbf": signed(rp, nbf=None),
        "expired": signed(rp, exp=now - 120),
        "with-exp-over-60": signed(rp, exp=now + 70 * 60),
        "with-nbf-over-60": signed(rp, nbf=now - 70 * 60),
        "nbf in a minute": signed(rp, nbf=now + 61),
        "exp is a text": signed(rp, exp=str(now + 60)),
        "iss": signed(rp, iss=other.id),
        "without iss": signed(rp, iss=None),
        "client_id": signed(rp, client_id=other.id),
        "without client_id": signed(rp, client_id=None),
        "containing-request_uri": signed(rp, request_uri="urn:ietf:params:oauth:request_uri:x"),
        "containing request": signed(rp, request=good),
        "sub": signed(rp, sub=rp.id),
    }


def test_p09_what_is_pushed(signs, rp2, browser):
    for name, jwt in bad(signs, rp2).items():
        answer = push(signs, jwt)
        assert answer.status_code == 400, name
        assert_refused(answer, "invalid_request_object")
        assert "request_uri" not in answer.json(), name
    assert "code" in done(signs, browser, push(signs, signed(signs)))


def test_p09_at_the_front(rp1, rp2, browser):
    """By value: the error goes to an address beside it that is the client's, else nowhere."""
    loose = ("without-exp", "without-nbf", "with-nbf-over-60")
    outside = {"redirect_uri": rp1.redirect_uri, "state": "outside"}
    for name, jwt in bad(rp1, rp2).items():
        if name in loose:
            assert_login(by_value(rp1, browser, jwt))
            continue
        assert_page(by_value(rp1, browser, jwt))
        assert_page(by_value(rp1, browser, jwt, redirect_uri="https://evil.test/"))
        answer = by_value(rp1, browser, jwt, **outside)
        rp1.sent = outside
        error = "request_not_supported" if name == "alg none" else "invalid_request_object"
        assert answer.status_code == 303, name
        assert_red(rp1, answer, error)


def test_p09_algorithms(gateway, ps256, browser):
    """ensure-signed-request-object-with-RS256-fails"""
    assert_refused(push(ps256, signed(ps256, alg="RS256")), "invalid_request_object")
    assert push(ps256, signed(ps256, alg="PS256")).status_code == 201
    fapi = client(gateway, "jarfapi", jwt_tools.rsa_key(), dvara_profile="fapi2")
    assert_refused(push(fapi, signed(fapi, alg="RS256")), "invalid_request_object")
    rsa = client(gateway, "jarrsa", jwt_tools.rsa_key())
    assert_login(by_value(rsa, browser, signed(rsa, alg="RS256")))


def test_times_that_must_pass(signs):
    now = int(time.time())
    for changes in ({"nbf": now + 8}, {"exp": now + 3600}, {"nbf": now - 3500},
                    {"aud": [signs.gateway.url, "https://other.test"]}):
        assert push(signs, signed(signs, **changes)).status_code == 201, changes


def test_p02_the_rules_hold_inside(signs, browser):
    """without-redirect-uri, par-plain-pkce-rejected, …: errors name the parameter."""
    for changes, error in [
            ({"redirect_uri": None}, "invalid_request"),
            ({"redirect_uri": "https://evil.test/"}, "invalid_request"),
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": "openid admin"}, "invalid_scope"),
            ({"max_age": -1}, "invalid_request"), ({"claims": []}, "invalid_request"),
            ({"resource": ["https://a.test", "https://b.test"]}, "invalid_target")]:
        assert_refused(push(signs, signed(signs, **changes)), error)
    good = signed(signs, max_age=300, claims={"userinfo": {"name": None}}, prompt=None)
    assert "code" in done(signs, browser, push(signs, good))


def test_p15_what_stands_outside_is_ignored(signs, rp1, browser):
    """ensure-different-state-inside-and-outside-request-object, -nonce-, and
    state-only-outside-request-object-not-used"""
    outside = {"state": "outside", "nonce": "outside", "scope": "openid profile email",
               "redirect_uri": "https://evil.test/", "response_type": "token"}
    answered = done(signs, browser, push(signs, signed(signs), **outside))
    assert answered["state"] == signs.sent["state"]
    answered = done(signs, browser, push(signs, signed(signs, state=None), **outside))
    assert "state" not in answered
    answer = browser.walk(by_value(rp1, browser, signed(rp1), **outside))
    assert answer.headers["Location"].startswith(rp1.redirect_uri)
    assert query_of(answer)["state"] == rp1.sent["state"]
    tokens = rp1.token(query_of(answer)["code"]).json()
    assert tokens["scope"] == "openid"
    assert rp1.id_token(tokens)["nonce"] == rp1.sent["nonce"]


def test_p15_client_id_outside_is_another(rp1, rp2, browser):
    jwt = signed(rp1)
    assert_page(browser.get("/authorize", params={"client_id": rp2.id, "request": jwt}))
    assert_page(browser.get("/authorize", params={"request": jwt}))
    assert_refused(push(rp2, jwt), "invalid_request_object")
    assert_login(by_value(rp1, browser, jwt))


def test_p12_request_object_as_client_assertion_and_back(rp1):
    jwt = signed(rp1)
    answer = rp1.push(({"client_assertion": jwt, "client_assertion_type": ASSERTION_TYPE}, {}))
    assert_refused(answer, "invalid_client", 401)
    assert_refused(push(rp1, rp1.assertion()), "invalid_request_object")


def test_ensure_unsigned_request_at_par_endpoint_fails(signs):
    assert_refused(signs.push(), "invalid_request")
    assert push(signs, signed(signs)).status_code == 201


def test_a_client_without_keys(leg1, rp1, browser):
    outside = {"redirect_uri": leg1.redirect_uri, "state": "s"}
    jwt = signed(leg1, key=rp1.key)
    leg1.sent = outside
    assert_red(leg1, by_value(leg1, browser, jwt, **outside), "request_not_supported")
    assert_refused(push(leg1, jwt), "invalid_request_object")


def test_errors_go_where_the_object_says(rp1, browser):
    answer = by_value(rp1, browser, signed(rp1, prompt="none"), redirect_uri="https://evil.test/")
    assert_red(rp1, answer, "login_required")
    assert_page(by_value(rp1, browser, signed(rp1, redirect_uri="https://evil.test/")))


def test_the_kept_object_is_opened_once(signs, browser):
    """Its life is that of request_uri, not of its exp: it was checked when it came."""
    answer = push(signs, signed(signs, exp=int(time.time()) + 1))
    assert "code" in done(signs, browser, answer)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384"])
def test_registration_of_an_algorithm_that_is_none(gateway, alg):
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({
        "client_id": "jarbad", "redirect_uris": ["https://jarbad.test/cb"],
        "jwks": {"keys": [jwt_tools.public_jwk(jwt_tools.ec_key(), "k1")]},
        "request_object_signing_alg": alg}))
    gateway.dvara("client", "apply", path, expect=1)


def test_discovery(gateway):
    metadata = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is False
    assert "none" not in metadata["request_object_signing_alg_values_supported"]
    assert metadata["require_signed_request_object"] is False
