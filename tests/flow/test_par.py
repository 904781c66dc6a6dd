# SPDX-License-Identifier: Apache-2.0
"""Cases P01 to P05: pushed authorization requests (RFC 9126), and A28, A30 with them.  Tests of the
OpenID Foundation's suite stand behind their names as par-…"""

import concurrent.futures
import contextlib
import sqlite3

import pytest
import requests

from browser import Browser
from conftest import client
from dpop import Proofs
from gateway import Gateway
from relying_party import query_of
from test_authorize import assert_login, assert_page, assert_red
from test_token import assert_refused

PREFIX = "urn:ietf:params:oauth:request_uri:"


@pytest.fixture(scope="module")
def pushes(gateway):
    """A standard client that must push."""
    return client(gateway, "pushes", require_pushed_authorization_requests=True)


def test_p01_what_a_push_answers(gateway, leg1, browser):
    answer = leg1.push()
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json().keys() == {"request_uri", "expires_in"}
    assert answer.json()["request_uri"].startswith(PREFIX)
    assert 5 <= answer.json()["expires_in"] < 600
    done = browser.walk(leg1.open(browser, answer.json()["request_uri"]))
    assert query_of(done)["state"] == leg1.sent["state"]
    assert leg1.token(query_of(done)["code"]).status_code == 200


def test_p01_discovery_names_it(gateway):
    metadata = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert metadata["pushed_authorization_request_endpoint"] == f"{gateway.url}/par"
    assert metadata["require_pushed_authorization_requests"] is False


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_p01_par_attempt_invalid_http_method(gateway, leg1, method):
    form, headers = leg1.credentials()
    body = {} if method in ("GET", "HEAD") else {"data": {**leg1.request(), **form}}
    answer = requests.request(method, f"{gateway.url}/par", headers=headers, timeout=20, **body)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_p01_without_client_authentication(leg1, rp1):
    assert_refused(leg1.push(({}, {})), "invalid_client", 401)
    assert_refused(rp1.push(({}, {})), "invalid_client", 401)
    assert rp1.push().status_code == 201


def test_p01_par_authorization_request_containing_request_uri_form_param(leg1):
    mine = leg1.pushed()
    for uri in (mine, "https://trap.test/r", "x"):
        assert_refused(leg1.push(request_uri=uri), "invalid_request")
    assert leg1.push(request_uri="").status_code == 201


@pytest.mark.parametrize("changes, error", [
    ({"redirect_uri": "https://evil.test/cb"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": None}, "invalid_request"),
    ({"scope": "openid admin"}, "invalid_scope"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"scope": None}, "invalid_scope"),
    ({"state": "s" * 5000}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"resource": "https://other"}, "invalid_target"),
    ({"client_id": "nope"}, "invalid_request"),
    ({"registration": "{}"}, "registration_not_supported")])
def test_p02_what_is_refused_here_already(leg1, changes, error):
    """par-ensure-pkce-required, par-plain-pkce-rejected, ensure-registered-redirect-uri."""
    answer = leg1.push(**changes)
    assert_refused(answer, error)
    assert "request_uri" not in answer.json()
    assert leg1.push().status_code == 201


def test_p02_a_parameter_twice(gateway, leg1):
    form, headers = leg1.credentials()
    sent = [*leg1.request().items(), *form.items(), ("scope", "openid")]
    assert_refused(requests.post(f"{gateway.url}/par", data=sent, headers=headers, timeout=20),
                   "invalid_request")


def test_p02_what_is_no_form(gateway, leg1):
    _, headers = leg1.credentials()
    for body, kind in (({"json": leg1.request()}, None), ({"data": "x"}, "text/plain")):
        more = {"Content-Type": kind} if kind else {}
        assert_refused(requests.post(f"{gateway.url}/par", headers={**headers, **more}, timeout=20,
                                     **body), "invalid_request")
    answer = requests.post(f"{gateway.url}/par", params={"client_id": "leg1"}, data=leg1.request(),
                           headers=headers, timeout=20)
    assert_refused(answer, "invalid_request")


def test_p03_too_large(leg1):
    assert leg1.push(state="s" * (1 << 20)).status_code == 413
    assert_refused(leg1.push(login_hint="l" * 60000), "invalid_request")


def test_p03_too_many(tmp_path):
    with Gateway(tmp_path, {"par.per_minute": "5"}) as gateway:
        first, second = client(gateway, "many1"), client(gateway, "many2")
        assert [first.push().status_code for _ in range(6)] == [201] * 5 + [429]
        refused = first.push()
        assert refused.headers["Retry-After"]
        assert second.push().status_code == 201


def test_p04_par_attempt_to_use_request_uri_for_different_client(leg1, rp1, browser):
    uri = leg1.pushed()
    assert_page(rp1.open(browser, uri))
    assert_page(browser.get("/authorize", params={"request_uri": uri}))
    assert_page(browser.get("/authorize", params={"request_uri": uri, "client_id": "nope"}))
    assert_login(leg1.open(browser, uri))


def test_p04_par_attempt_to_use_expired_request_uri(gateway, leg1, browser):
    uri = leg1.pushed()
    with gateway.clock(50):
        assert_login(leg1.open(browser, uri))
    with gateway.clock(62):
        assert_page(leg1.open(browser, uri))


@pytest.mark.parametrize("handle", ["", "x", "a" * 43, "a" * 200, "a" * 3000, "../x", "\u17af"])
def test_p04_never_issued(leg1, browser, handle):
    assert_page(leg1.open(browser, PREFIX + handle))


def test_p04_par_attempt_reuse_request_uri(leg1, browser, other_browser):
    uri = leg1.pushed()
    assert "code" in query_of(browser.walk(leg1.open(browser, uri)))
    assert_page(leg1.open(browser, uri))
    assert_page(leg1.open(other_browser, uri))


def test_p04_an_answer_from_the_session_uses_it_as_well(leg1, browser):
    leg1.code(browser)
    uri = leg1.pushed()
    assert "code" in query_of(leg1.open(browser, uri))
    assert_page(leg1.open(browser, uri))


def test_p05_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(leg1, browser):
    uri = leg1.pushed()
    assert_login(leg1.open(browser, uri))
    second = leg1.open(browser, uri)
    assert_login(second)
    code = query_of(browser.walk(second))["code"]
    assert leg1.token(code).status_code == 200


def test_p05_two_ways_from_one_request_uri_one_code(leg1, browser, other_browser):
    uri = leg1.pushed()
    first, second = leg1.open(browser, uri), leg1.open(other_browser, uri)
    assert "code" in query_of(browser.walk(first))
    assert_page(other_browser.walk(second))


def test_p05_the_login_may_take_longer_than_the_request_uri(gateway, leg1, browser):
    began = leg1.open(browser, leg1.pushed())
    with gateway.clock(300):
        assert "code" in query_of(browser.walk(began))


def test_p05_a_store_that_was_away_costs_no_request(tmp_path):
    """503, and the same request_uri serves on; with a code given for it no more."""
    with Gateway(tmp_path) as own:
        own.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                              "claims": {"name": "Sophea"}}])
        rp, browser = client(own, "pushes"), Browser(own)
        rp.tokens(browser)
        uri = rp.pushed()
        with contextlib.closing(sqlite3.connect(own.database, isolation_level=None)) as link:
            link.execute("BEGIN IMMEDIATE")
            assert rp.open(browser, uri).status_code == 503
            link.execute("ROLLBACK")
        assert rp.token(query_of(rp.open(browser, uri))["code"]).status_code == 200
        assert_page(rp.open(browser, uri))


def test_p05_many_at_once_one_code(gateway, leg1):
    browsers = []
    for _ in range(8):
        browsers.append(Browser(gateway))
        leg1.code(browsers[-1])
    uri = leg1.pushed()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: leg1.open(each, uri), browsers))
    codes = [answer for answer in answers if answer.status_code == 303]
    assert len(codes) == 1 and "code" in query_of(codes[0])
    for answer in answers:
        if answer is not codes[0]:
            assert_page(answer)


def test_a30_head_does_not_consume(gateway, leg1, browser):
    leg1.code(browser)
    uri = leg1.pushed()
    answer = browser.http.head(f"{gateway.url}/authorize", timeout=20, allow_redirects=False,
                               params={"client_id": "leg1", "request_uri": uri})
    assert answer.status_code == 200
    assert "code" in query_of(leg1.open(browser, uri))


def test_what_stands_beside_a_request_uri_is_ignored(leg1, browser):
    uri = leg1.pushed(scope="openid email")
    answer = leg1.open(browser, uri, state="evil", redirect_uri="https://evil.test/cb",
                       scope="openid profile", response_type="token")
    assert_login(answer)
    done = query_of(browser.walk(answer, claims="all"))
    assert done["state"] == leg1.sent["state"]
    assert leg1.token(done["code"]).json()["scope"] == "openid email"


def test_two_requests_at_once(leg1, browser):
    uri = leg1.pushed()
    assert_page(leg1.open(browser, uri, request="x.y.z"))
    assert_page(browser.get("/authorize", params=[
        ("client_id", "leg1"), ("request_uri", uri), ("request_uri", uri)]))
    assert_login(leg1.open(browser, uri))


def test_a28_clients_that_must_push(pushes, fapi, browser):
    """ensure-unsigned-authorization-request-without-using-par-fails"""
    for rp in (pushes, fapi):
        assert_red(rp, rp.authorize(browser), "invalid_request")
        assert_login(rp.open(browser, rp.pushed()))


def test_errors_go_where_the_pushed_request_says(leg1, browser):
    answer = leg1.open(browser, leg1.pushed(prompt="none"))
    assert_red(leg1, answer, "login_required")


def test_secrets_of_the_client_are_not_kept(gateway, post1):
    with gateway.redis.monitor() as seen:
        post1.pushed()
    kept = [line for line in seen if "code_challenge" in line]
    assert kept and not [line for line in seen if post1.secret in line]


def test_the_record_and_its_handle(gateway, leg1):
    """A dump of Redis opens nothing."""
    with gateway.redis.monitor() as seen:
        uri = leg1.pushed()
    assert not [line for line in seen if uri.removeprefix(PREFIX) in line]


def test_a_public_client_pushes(pub1, browser):
    uri = pub1.pushed()
    assert "code" in query_of(browser.walk(pub1.open(browser, uri)))




def test_p13_ensure_mismatched_dpop_jkt_fails(leg1):
    mine, others = Proofs(), Proofs()
    proof = mine.make("POST", f"{leg1.gateway.url}/par")
    assert_refused(leg1.push(headers={"DPoP": proof}, dpop_jkt=others.jkt), "invalid_dpop_proof")
    proof = mine.make("POST", f"{leg1.gateway.url}/par")
    assert leg1.push(headers={"DPoP": proof}, dpop_jkt=mine.jkt).status_code == 201


def test_p13_a_proof_that_is_none(leg1):
    assert_refused(leg1.push(headers={"DPoP": "x"}), "invalid_dpop_proof")
    proof = Proofs().make("POST", f"{leg1.gateway.url}/token")
    assert_refused(leg1.push(headers={"DPoP": proof}), "invalid_dpop_proof")


def test_p13_the_code_is_bound_to_the_key_of_the_push(leg1, browser):
    mine, url = Proofs(), leg1.gateway.url
    uri = leg1.push(headers={"DPoP": mine.make("POST", f"{url}/par")}).json()["request_uri"]
    code = query_of(browser.walk(leg1.open(browser, uri)))["code"]
    other = {"DPoP": Proofs().make("POST", f"{url}/token")}
    assert_refused(leg1.token(code, headers=other), "invalid_grant")

    uri = leg1.push(headers={"DPoP": mine.make("POST", f"{url}/par")}).json()["request_uri"]
    code = query_of(browser.walk(leg1.open(browser, uri)))["code"]
    answer = leg1.token(code, headers={"DPoP": mine.make("POST", f"{url}/token")})
    assert answer.json()["token_type"] == "DPoP"


def test_a_fapi2_client_from_the_push_to_userinfo(fapi, browser):
    mine, url = Proofs(), fapi.gateway.url
    answer = fapi.push(headers={"DPoP": mine.make("POST", f"{url}/par")})
    code = query_of(browser.walk(fapi.open(browser, answer.json()["request_uri"])))["code"]
    tokens = fapi.token(code, headers={"DPoP": mine.make("POST", f"{url}/token")}).json()
    assert fapi.id_token(tokens)["nonce"] == fapi.sent["nonce"]
    shown = mine.shown("GET", f"{url}/userinfo", tokens["access_token"])
    assert requests.get(f"{url}/userinfo", headers=shown, timeout=20).status_code == 200
