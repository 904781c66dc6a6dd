# SPDX-License-Identifier: Apache-2.0
"""Invariant I1 over two processes with one Redis and one database: sixty-four at once, one success.

DVARA_LONG=1 for full length: 0 failures in n rounds say a true rate below 3/n at 95 %."""

import json
import os

import pytest

import test_ciba
from browser import Browser
from conftest import client
from dpop import Proofs
from relying_party import ASSERTION_TYPE
from test_device import DEVICE_CODE, allowed, asked, device
from volley import Volley

ROUNDS = 2000 if os.environ.get("DVARA_LONG") else 100
AT_ONCE = 64


@pytest.fixture(scope="module")
def volley(gateway):
    with gateway.second() as second:
        both = Volley(gateway.host, [gateway.port, second.port], AT_ONCE)
        yield both
        both.close()


@pytest.fixture(scope="module")
def someone(gateway):
    return Browser(gateway)


@pytest.fixture(scope="module")
def native(gateway):
    return client(gateway, "native-of-two", redirect_uris=["http://127.0.0.1/cb"],
                  grant_types=["authorization_code", "refresh_token"],
                  token_endpoint_auth_method="none", application_type="native")


def assert_one(answers, error):
    """One success; what the others are told."""
    good = [answer for answer in answers if answer.status == 200]
    assert len(good) == 1, [(answer.status, answer.text) for answer in answers]
    told = {json.loads(answer.text)["error"] for answer in answers if answer is not good[0]}
    assert told == {error}
    return json.loads(good[0].text)


def code_form(party, code):
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": party.redirect_uri,
            "code_verifier": party.verifier, **party.credentials()[0]}


def test_a_code(native, someone, volley):
    for _ in range(ROUNDS):
        form = code_form(native, native.code(someone))
        tokens = assert_one(volley.post("/token", form), "invalid_grant")
        # Used twice: what it gave is dead, at both processes.
        shown = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert {answer.status for answer in volley.get("/userinfo", shown)} == {401}


def test_a_refresh_token(native, someone, volley):
    for _ in range(ROUNDS):
        tokens = native.token(native.code(someone)).json()
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"],
                "client_id": native.id}
        assert_one(volley.post("/token", form), "invalid_grant")


def test_a_pushed_request(post1, someone, volley):
    post1.code(someone)
    cookies = "; ".join(f"{one.name}={one.value}" for one in someone.http.cookies)
    for _ in range(ROUNDS):
        answers = volley.get("/authorize", {"Cookie": cookies}, client_id=post1.id,
                             request_uri=post1.pushed())
        went = [answer.headers["Location"] or "" for answer in answers]
        assert sum("code=" in where for where in went) == 1, went


def test_a_device_code(gateway, someone, volley):
    party = device(gateway, "device-of-two", token_endpoint_auth_method="none",
                   application_type="native")
    for _ in range(ROUNDS):
        answer = asked(party)
        allowed(someone, answer)
        form = {"grant_type": DEVICE_CODE, "device_code": answer["device_code"],
                "client_id": party.id}
        assert_one(volley.post("/token", form), "invalid_grant")


def test_an_auth_req_id(gateway, someone, volley):
    party = client(gateway, "far-of-two", token_endpoint_auth_method="client_secret_post",
                   grant_types=["authorization_code", test_ciba.CIBA])
    for _ in range(ROUNDS):
        code = test_ciba.asked(party)
        test_ciba.confirmed(someone)
        form = {"grant_type": test_ciba.CIBA, "auth_req_id": code, **party.credentials()[0]}
        assert_one(volley.post("/token", form), "invalid_grant")


def test_an_assertion(rp1, volley):
    for _ in range(ROUNDS):
        form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": rp1.redirect_uri,
                "code_verifier": rp1.verifier, "client_assertion": rp1.assertion(),
                "client_assertion_type": ASSERTION_TYPE}
        errors = sorted(json.loads(answer.text)["error"] for answer in volley.post("/token", form))
        assert errors == ["invalid_client"] * (AT_ONCE - 1) + ["invalid_grant"]


def test_a_proof(gateway, someone, volley):
    party = client(gateway, "proofs-of-two", token_endpoint_auth_method="client_secret_post",
                   dpop_bound_access_tokens=True)
    proofs = Proofs()
    token = party.token(party.code(someone), headers=proofs.header(
        "POST", f"{gateway.url}/token")).json()["access_token"]
    for _ in range(ROUNDS):
        answers = volley.get("/userinfo", proofs.shown("GET", f"{gateway.url}/userinfo", token))
        assert sorted(answer.status for answer in answers) == [200] + [401] * (AT_ONCE - 1)
