# SPDX-License-Identifier: Apache-2.0
"""Cases U01 to U06 and U15: GET and POST /userinfo, subjects; and the documents for machines."""

import time

import pytest
import requests

import jwt_tools
from conftest import client


def assert_401(answer, error="invalid_token"):
    assert answer.status_code == 401, answer.text
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert (f'error="{error}"' in challenge) if error else ("error" not in challenge)


def test_get_post_header_and_post_body(rp1, browser):
    token = rp1.tokens(browser, scope="openid profile email", claims="all")["access_token"]
    url = f"{rp1.gateway.url}/userinfo"
    answers = [rp1.userinfo(token),
               requests.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=20,
                             data={"access_token": ""}),
               requests.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=20),
               requests.post(url, data={"access_token": token}, timeout=20)]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json() == answers[0].json()
    assert answers[0].json()["email"] == "sophea@people.example"
    assert answers[0].json()["email_verified"] is True


def test_only_what_was_allowed_leaves(rp2, browser):
    tokens = rp2.tokens(browser, persona="khamla", scope="openid profile email phone address",
                        claims=("email", "birthdate"))
    claims = rp2.userinfo(tokens["access_token"]).json()
    assert claims.keys() - {"birthdate"} == {"sub", "email"}
    assert claims["sub"] == rp2.id_token(tokens)["sub"]


def test_what_was_not_asked_does_not_leave(rp2, browser):
    rp2.tokens(browser, persona="claire", scope="openid profile email", claims="all")
    token = rp2.tokens(browser, persona="claire", scope="openid email")["access_token"]
    assert rp2.userinfo(token).json().keys() <= {"sub", "email", "email_verified"}


def test_u01_tokens_that_are_none(gateway, rp1, browser):
    url = f"{gateway.url}/userinfo"
    tokens = rp1.tokens(browser)
    assert_401(requests.get(url, timeout=20), None)
    assert_401(requests.get(url, headers={"Authorization": "Basic eDp5"}, timeout=20), None)
    head, payload, signature = tokens["access_token"].split(".")
    other = jwt_tools.sign(rp1.key, jwt_tools.header_of(tokens["access_token"]),
                           jwt_tools.payload_of(tokens["access_token"]))
    for bad in ("garbage", "a.b.c", "..", tokens["id_token"], other, f"{head}.{payload}.",
                f"{head}.{payload}.{signature[:-4]}AAAA", tokens["access_token"] + "=",
                tokens["access_token"] + ".x", "x" * 6000, "é"):
        answer = requests.get(url, timeout=20, headers={"Authorization": f"Bearer {bad}".encode()})
        assert_401(answer)
    assert rp1.userinfo(tokens["access_token"]).status_code == 200
    with gateway.clock(301):
        assert_401(rp1.userinfo(tokens["access_token"]))


def test_u01_the_person_is_blocked_or_the_consent_withdrawn(gateway, rp1, browser):
    gateway.apply("person", [{"register_key": "T-1", "short_name": "tess",
                              "claims": {"name": "Tess", "email": "t@x.test"}}])
    tokens = rp1.tokens(browser, persona="tess", scope="openid email", claims="all")
    assert rp1.userinfo(tokens["access_token"]).json()["email"] == "t@x.test"
    consent = gateway.consent_of("tess", rp1.id)
    gateway.dvara("consent", "withdraw", consent["id"])
    time.sleep(1.1)
    assert_401(rp1.userinfo(tokens["access_token"]))
    tokens = rp1.tokens(browser, persona="tess", scope="openid email", claims="all")
    assert rp1.userinfo(tokens["access_token"]).status_code == 200
    gateway.apply("person", [{"register_key": "T-1", "short_name": "tess", "life": "blocked",
                              "claims": {"name": "Tess", "email": "t@x.test"}}])
    assert_401(rp1.userinfo(tokens["access_token"]))
    from relying_party import query_of
    assert query_of(rp1.authorize(browser, prompt="none"))["error"] == "login_required"


def test_u02_token_in_the_query_or_twice(gateway, rp1, browser):
    token = rp1.tokens(browser)["access_token"]
    url = f"{gateway.url}/userinfo"
    assert_401(requests.get(url, params={"access_token": token}, timeout=20), None)
    answer = requests.post(url, data={"access_token": token}, timeout=20,
                           headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_request"
    assert token not in gateway.log()
    assert rp1.userinfo(token).status_code == 200


def test_u06_subjects_are_pairwise(rp1, rp2, browser):
    one = rp1.id_token(rp1.tokens(browser))["sub"]
    two = rp2.id_token(rp2.tokens(browser))["sub"]
    assert one != two
    assert one == rp1.id_token(rp1.tokens(browser))["sub"]
    assert len(one) == 43 and "P-100001" not in one


def test_u06_one_sector_one_subject(gateway, rp1, browser):
    same = client(gateway, "same", redirect_uris=["https://rp1.test/elsewhere"])
    assert same.id_token(same.tokens(browser))["sub"] == rp1.id_token(rp1.tokens(browser))["sub"]


def test_u06_public_subjects(gateway, browser):
    one = client(gateway, "open1", subject_type="public")
    two = client(gateway, "open2", subject_type="public")
    assert one.id_token(one.tokens(browser))["sub"] == two.id_token(two.tokens(browser))["sub"]


OTHER_ORIGINS = ["https://evil.test", "null", "https://rp1.test.evil.test", "http://rp1.test",
                 "https://rp1.test/", "https://rp1.tes"]


def preflight(gateway, path, origin):
    """What a browser asks before a call with Authorization or DPoP."""
    return requests.options(f"{gateway.url}{path}", timeout=20, headers={
        "Origin": origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,dpop"})


def allowed_to(answer):
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
def test_u15_other_origins(rp1, browser, origin):
    tokens = rp1.tokens(browser)
    assert allowed_to(rp1.userinfo(tokens["access_token"], headers={"Origin": origin})) is None
    for path in ("/token", "/userinfo", "/revoke"):
        assert allowed_to(preflight(rp1.gateway, path, origin)) is None
    assert allowed_to(rp1.userinfo("none", headers={"Origin": origin})) is None
    assert allowed_to(rp1.token("x", headers={"Origin": origin})) is None


def test_u15_a_registered_origin(gateway, rp1, browser):
    origin = {"Origin": "https://rp1.test"}
    for path, methods in (("/token", {"POST"}), ("/userinfo", {"GET", "POST"}),
                          ("/revoke", {"POST"})):
        answer = preflight(gateway, path, "https://rp1.test")
        assert answer.status_code == 204 and not answer.content
        assert allowed_to(answer) == "https://rp1.test"
        assert methods <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
        headers = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert set(headers) == {"authorization", "content-type", "dpop"}
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
    answer = rp1.token(rp1.code(browser), headers=origin)
    assert allowed_to(answer) == "https://rp1.test"
    answer = rp1.userinfo(answer.json()["access_token"], headers=origin)
    assert answer.status_code == 200 and allowed_to(answer) == "https://rp1.test"


def test_u15_a_page_on_loopback(gateway, browser):
    """A public client may come back to any port of loopback; its page has one origin."""
    page = client(gateway, "page", redirect_uris=["http://127.0.0.1:3000/"],
                  dvara_profile="public-native")
    answer = page.token(page.code(browser), headers={"Origin": "http://127.0.0.1:3000"})
    assert answer.status_code == 200 and allowed_to(answer) == "http://127.0.0.1:3000"
    token = answer.json()["access_token"]
    for origin in ("http://127.0.0.1:3001", "http://127.0.0.1", "http://127.0.0.1:*"):
        assert allowed_to(page.userinfo(token, headers={"Origin": origin})) is None


def test_u15_an_error_can_be_read_before_it_is_known_whose_it_is(gateway, rp1, leg1):
    origin = {"Origin": "https://rp1.test"}
    rp1.request()
    for answer, status in (
            (rp1.userinfo("none", headers=origin), 401),
            (requests.get(f"{gateway.url}/userinfo", headers=origin, timeout=20), 401),
            (leg1.token("x", ({}, {"Authorization": "Basic eDp5"}), headers=origin), 401),
            (rp1.token("x", headers=origin), 400)):
        assert answer.status_code == status
        assert allowed_to(answer) == "https://rp1.test"
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert set(exposed) == {"WWW-Authenticate", "DPoP-Nonce"}


def test_u15_an_answer_is_for_the_pages_of_its_own_client(rp1, rp2, browser):
    token = rp1.tokens(browser)["access_token"]
    assert rp2.redirect_uri.startswith("https://rp2.test/")
    answer = rp1.userinfo(token, headers={"Origin": "https://rp2.test"})
    assert answer.status_code == 200 and allowed_to(answer) is None


def test_u15_the_origin_of_a_client_that_is_removed(gateway):
    party = client(gateway, "leaving", redirect_uris=["https://leaving.test:8443/a?b",
                                                      "https://leaving.test:8443/c"])
    assert allowed_to(preflight(gateway, "/token", "https://leaving.test:8443"))
    gateway.dvara("client", "remove", party.id)
    assert allowed_to(preflight(gateway, "/token", "https://leaving.test:8443")) is None


def test_the_release_is_in_the_ledger_once_for_each_answer(gateway, rp1, browser):
    gateway.apply("person", [{"register_key": "T-2", "short_name": "lena",
                              "claims": {"name": "Lena", "email": "l@x.test"}}])
    token = rp1.tokens(browser, persona="lena", scope="openid email", claims="all")["access_token"]

    def rows():
        return gateway.sql("SELECT basis, channel, claims, request_id FROM ledger"
                           " WHERE person_id = (SELECT person_id FROM consent WHERE id = ?)",
                           gateway.dvara("consent", "list", "lena")[0]["id"])

    assert rows() == []
    answers = [rp1.userinfo(token), rp1.userinfo(token)]
    assert all(answer.json()["email"] == "l@x.test" for answer in answers)
    assert sorted(rows(), key=lambda row: row[3]) == sorted(
        (("consent", "userinfo", '["email"]', answer.headers["X-Request-Id"])
         for answer in answers), key=lambda row: row[3])
    rp1.userinfo(token, headers={"Authorization": f"Bearer {token}x"})
    assert len(rows()) == 2


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_discovery(gateway, name):
    answer = requests.get(f"{gateway.url}/.well-known/{name}", timeout=20)
    found = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert found["issuer"] == gateway.url
    for endpoint in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert found[endpoint].startswith(gateway.url + "/")
    assert found["response_types_supported"] == ["code"]
    assert "none" in found["token_endpoint_auth_methods_supported"]
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert set(found["subject_types_supported"]) == {"pairwise", "public"}
    assert {"RS256", "ES256"} <= set(found["id_token_signing_alg_values_supported"])
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["request_uri_parameter_supported"] is False
    assert {"sub", "name", "email", "address"} <= set(found["claims_supported"])
    assert "none" not in str(found["id_token_signing_alg_values_supported"])


def test_r14_jwks_holds_public_keys_only(gateway):
    answer = requests.get(f"{gateway.url}/jwks", timeout=20)
    keys = answer.json()["keys"]
    assert len(keys) >= 2 and len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}
        assert key["use"] == "sig" and key["alg"] in ("ES256", "RS256", "PS256", "EdDSA")
