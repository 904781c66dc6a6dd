# SPDX-License-Identifier: Apache-2.0
"""Cases T01 to T19: POST /token with an authorization code."""

import concurrent.futures
import json
import time

import pytest
import requests

import jwt_tools
from conftest import GRANTS, client
from relying_party import basic, query_of


def assert_refused(answer, error, status=400):
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] == error, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    description = answer.json().get("error_description", "")
    assert all(0x20 <= ord(c) <= 0x7e and c not in '"\\' for c in description), description
    assert "access_token" not in answer.json()


def test_t01_a_code_twice_kills_what_it_gave(rp1, browser):
    code = rp1.code(browser)
    tokens = rp1.token(code).json()
    assert rp1.userinfo(tokens["access_token"]).status_code == 200
    assert_refused(rp1.token(code), "invalid_grant")
    until = time.monotonic() + 30
    while rp1.userinfo(tokens["access_token"]).status_code != 401:
        assert time.monotonic() < until
    assert_refused(rp1.token(code), "invalid_grant")
    assert "access_token" in rp1.tokens(browser)


def test_t01_thirty_seconds_later(gateway, rp1, browser):
    code = rp1.code(browser)
    tokens = rp1.token(code).json()
    with gateway.clock(30):
        assert rp1.userinfo(tokens["access_token"]).status_code == 200
        credentials = ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:"
                        "jwt-bearer", "client_assertion": rp1.assertion(
                            iat=int(time.time()) + 30, exp=int(time.time()) + 90)}, {})
        assert_refused(rp1.token(code, credentials), "invalid_grant")
        assert rp1.userinfo(tokens["access_token"]).status_code == 401


def test_t01_sixteen_at_once(rp1, browser):
    code = rp1.code(browser)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: rp1.token(code), range(16)))
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1, [answer.text for answer in answers]
    assert {answer.json()["error"] for answer in answers if answer not in good} == {"invalid_grant"}
    assert rp1.userinfo(good[0].json()["access_token"]).status_code == 401


def test_t03_a_code_lives_sixty_seconds(gateway, leg1, browser):
    code = leg1.code(browser)
    with gateway.clock(62):
        assert_refused(leg1.token(code), "invalid_grant")
    code = leg1.code(browser)
    with gateway.clock(50):
        assert leg1.token(code).status_code == 200


def test_t04_another_clients_code(gateway, rp1, rp2, browser):
    code = rp1.code(browser)
    answer = rp2.token(code, redirect_uri=rp1.redirect_uri, code_verifier=rp1.verifier)
    assert_refused(answer, "invalid_grant")
    assert_refused(rp1.token(code), "invalid_grant")  # it is spent
    rows = [row for row in gateway.audit() if row["event"] == "grant.other_client"]
    assert rows and rows[0]["client_id"] == "rp1"
    assert "access_token" in rp1.tokens(browser)


@pytest.mark.parametrize("redirect_uri", [
    None, "", "https://rp1.test/other?fixed=1", "https://evil.test/"])
def test_t06_redirect_uri(rp1, browser, redirect_uri):
    code = rp1.code(browser)
    assert_refused(rp1.token(code, redirect_uri=redirect_uri), "invalid_grant")
    assert_refused(rp1.token(code), "invalid_grant")


def test_a_parameter_without_a_value_was_not_sent(rp1, post1, pub1, nopkce, browser):
    """RFC 6749 section 3.2."""
    empty = {"scope": "", "resource": "", "client_secret": "", "unknown": ""}
    assert rp1.token(rp1.code(browser), **empty).status_code == 200
    assert pub1.token(pub1.code(browser), client_assertion="", client_assertion_type="",
                      **empty).status_code == 200
    code = nopkce.code(browser, code_challenge=None, code_challenge_method=None)
    assert nopkce.token(code, code_verifier="", client_id="", **empty).status_code == 200
    assert_refused(post1.token(post1.code(browser), client_secret=""), "invalid_client", 401)
    assert_refused(post1.token(post1.code(browser), client_id=""), "invalid_client", 401)


def test_t07_code_verifier(rp1, browser):
    for change in (None, "", "x" * 43, "a" * 42, "a" * 129, "challenge", "verifier"):
        code = rp1.code(browser)
        verifier = {"challenge": jwt_tools.s256(rp1.verifier),
                    "verifier": rp1.verifier + "="}.get(change, change)
        assert_refused(rp1.token(code, code_verifier=verifier), "invalid_grant")
    assert rp1.token(rp1.code(browser)).status_code == 200


def test_t07_a_verifier_where_no_challenge_was(nopkce, browser):
    code = nopkce.code(browser, code_challenge=None, code_challenge_method=None)
    assert_refused(nopkce.token(code), "invalid_grant")
    code = nopkce.code(browser, code_challenge=None, code_challenge_method=None)
    assert nopkce.token(code, code_verifier=None).status_code == 200
    assert nopkce.token(nopkce.code(browser)).status_code == 200


@pytest.mark.parametrize("code", [
    "x" * 10000, "é" * 20, '{"a":1}', "../../x", "%s%n", "x EX 1", "'); DROP TABLE client; --",
    '")redis.call("FLUSHALL")--', "a\r\nFLUSHALL\r\n"])
def test_t09_f01_f03_codes_that_are_none(gateway, leg1, code):
    leg1.request()
    with gateway.redis.monitor() as seen:
        answer = leg1.token(code)
    assert_refused(answer, "invalid_grant")
    assert not any("FLUSHALL" in line.upper() for line in seen)
    assert "flushall" not in gateway.log()


def test_t09_spaces_around_a_code(leg1, browser):
    code = leg1.code(browser)
    assert_refused(leg1.token(" " + code), "invalid_grant")
    assert_refused(leg1.token(code + " "), "invalid_grant")
    assert leg1.token(code).status_code == 200


def test_t09_a_nul(gateway, leg1):
    answer = requests.post(f"{gateway.url}/token", data="grant_type=authorization_code&code=abc%00",
                           headers={"Authorization": basic(leg1.id, leg1.secret),
                                    "Content-Type": "application/x-www-form-urlencoded"}, timeout=20)
    assert_refused(answer, "invalid_request")


@pytest.mark.parametrize("grant_type, error", [
    (None, "invalid_request"), ("", "invalid_request"), ("password", "unsupported_grant_type"),
    ("urn:x", "unsupported_grant_type"), ("refresh_token", "invalid_request")])
def test_t10_grant_types(leg1, browser, grant_type, error):
    code = leg1.code(browser)
    assert_refused(leg1.token(code, grant_type=grant_type), error)
    assert leg1.token(code).status_code == 200


def test_t10_a_grant_that_the_client_has_not_registered(leg1, browser):
    answer = leg1.refresh("x" * 65)
    assert_refused(answer, "unauthorized_client")
    assert "grant_types" in answer.json()["error_description"]


def test_t10_no_code(leg1):
    leg1.request()
    assert_refused(leg1.token(None), "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "x"])
def test_t11_a_parameter_twice(gateway, leg1, browser, name):
    code = leg1.code(browser)
    fields = [("grant_type", "authorization_code"), ("code", code), ("x", "1"),
              ("redirect_uri", leg1.redirect_uri), ("code_verifier", leg1.verifier)]
    answer = requests.post(
        f"{gateway.url}/token", data=fields + [(name, dict(fields)[name])], timeout=20,
        headers={"Authorization": basic(leg1.id, leg1.secret)})
    assert_refused(answer, "invalid_request")
    assert leg1.token(code).status_code == 200


def test_t12_in_the_query(gateway, leg1, post1, browser):
    code = leg1.code(browser)
    answer = requests.post(
        f"{gateway.url}/token", params={"code": code}, timeout=20,
        data={"grant_type": "authorization_code", "redirect_uri": leg1.redirect_uri},
        headers={"Authorization": basic(leg1.id, leg1.secret)})
    assert_refused(answer, "invalid_request")
    answer = requests.post(
        f"{gateway.url}/token", timeout=20, params={"client_secret": post1.secret},
        data={"grant_type": "authorization_code", "client_id": post1.id, "code": code})
    assert_refused(answer, "invalid_request")
    assert code not in gateway.log() and post1.secret not in gateway.log()
    assert leg1.token(code).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_t13_methods(gateway, method):
    answer = requests.request(method, f"{gateway.url}/token", timeout=20)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("content_type, body", [
    ("application/json", b'{"grant_type":"authorization_code"}'),
    ("multipart/form-data; boundary=a\0b", b"--a\0b\r\n\r\n"),
    ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data\r\n\r\n\r\n--a--"),
    ("text/plain", b"grant_type=authorization_code"), (None, b"grant_type=authorization_code"),
    ("application/x-www-form-urlencoded", b"%zz"), ("application/x-www-form-urlencoded", b"")])
def test_t13_bodies(gateway, leg1, content_type, body):
    headers = {"Authorization": basic(leg1.id, leg1.secret)}
    if content_type:
        headers["Content-Type"] = content_type.replace("\0", "")
    answer = requests.post(f"{gateway.url}/token", data=body, headers=headers, timeout=20)
    assert_refused(answer, "invalid_request")


def test_t13_a_form_with_a_charset(gateway, leg1, browser):
    code = leg1.code(browser)
    answer = leg1.token(code, headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"})
    assert answer.status_code == 200


def test_t17_scope(leg1, browser):
    code = leg1.code(browser)
    assert_refused(leg1.token(code, scope="openid profile"), "invalid_scope")
    assert leg1.token(leg1.code(browser), scope="openid").status_code == 200


def test_t17_the_scope_of_the_request_again(leg1, keeper, browser):
    """Clients that send it here too have their codes spent for nothing: offline_access was passed
    over where no refresh token follows, so it is here."""
    asked = {"scope": "openid offline_access"}
    wide = client(leg1.gateway, "wide", scope="openid offline_access")
    tokens = wide.token(wide.code(browser, **asked), **asked)
    assert tokens.status_code == 200 and tokens.json()["scope"] == "openid"
    tokens = keeper.token(keeper.code(browser, prompt="consent", **asked), **asked)
    assert tokens.status_code == 200 and tokens.json()["scope"] == asked["scope"]
    assert_refused(wide.token(wide.code(browser), scope="offline_access"), "invalid_scope")


def test_t17_less_scope(leg1, browser):
    """Its claims go with it."""
    def shared(**narrowed):
        code = leg1.code(browser, scope="openid profile email", claims=("name", "email"))
        tokens = leg1.token(code, **narrowed).json()
        assert tokens["scope"] == narrowed.get("scope", "openid profile email")
        return leg1.userinfo(tokens["access_token"]).json().keys()

    assert shared(scope="openid profile") == {"sub", "name"}
    assert shared() == {"sub", "name", "email"}
    without = leg1.token(leg1.code(browser, scope="openid profile"), scope="profile").json()
    assert "id_token" not in without
    assert leg1.userinfo(without["access_token"]).status_code == 403


def test_t18_a_good_answer(gateway, rp1, browser):
    code, before = rp1.code(browser, scope="openid profile"), int(time.time())
    answer = rp1.token(code)
    tokens = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("application/json")
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert tokens["token_type"] == "Bearer" and tokens["expires_in"] == 300
    assert tokens["scope"] == "openid profile"

    now = time.time()
    claims = rp1.id_token(tokens)
    header = jwt_tools.header_of(tokens["id_token"])
    assert header["alg"] == "ES256" and header.get("typ", "JWT") == "JWT"
    assert claims["iss"] == gateway.url and claims["aud"] == "rp1"
    assert claims["nonce"] == rp1.sent["nonce"]
    assert claims["at_hash"] == jwt_tools.half_hash(tokens["access_token"])
    assert before <= claims["iat"] <= now and claims["exp"] - claims["iat"] == 300
    assert now - 60 < claims["auth_time"] <= now
    assert claims["acr"] == "urn:dvara:loa:low" and claims["amr"] == ["test"]
    assert claims.keys() == {"iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "acr", "amr", "sid",
                             "at_hash"}

    access = jwt_tools.payload_of(tokens["access_token"])
    assert jwt_tools.header_of(tokens["access_token"])["typ"] == "at+jwt"
    assert access["iss"] == access["aud"] == gateway.url
    assert access["sub"] == claims["sub"] and access["client_id"] == "rp1"
    assert access["scope"] == "openid profile" and access["exp"] - access["iat"] == 300
    assert len(access["jti"]) >= 22


def test_t18_no_nonce_was_sent(rp1, browser):
    assert "nonce" not in rp1.id_token(rp1.tokens(browser, nonce=None))


def test_t18_a_nonce_of_64_letters(rp1, browser):
    assert rp1.id_token(rp1.tokens(browser, nonce="n" * 64))["nonce"] == "n" * 64


def test_the_default_of_a_standard_client_is_rs256(leg1, browser):
    tokens = leg1.tokens(browser)
    assert leg1.id_token(tokens)["aud"] == "leg1"
    assert jwt_tools.header_of(tokens["id_token"])["alg"] == "RS256"


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256K", "RS384"])
def test_t19_other_algorithms_are_not_registered(gateway, alg):
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({"client_id": "bad", "client_name": "B",
                                "redirect_uris": ["https://bad.test/cb"],
                                "id_token_signed_response_alg": alg}))
    gateway.dvara("client", "apply", path, expect=1)


def test_claims_that_are_asked_for_the_id_token(rp1, browser):
    asked = json.dumps({"id_token": {"name": None, "email": {"essential": True},
                                     "auth_time": {"essential": True}, "nothing": None}})

    def claims_with(ticked):
        answer = browser.walk(
            rp1.authorize(browser, claims=asked, prompt="consent"), "bopha", True, ticked)
        return rp1.id_token(rp1.token(query_of(answer)["code"]).json())

    assert not {"name", "email", "nothing"} & claims_with(()).keys()
    claims = claims_with(("name",))
    assert claims["name"] and "email" not in claims


def test_public_client(pub1, browser):
    with_port = "http://127.0.0.1:9123/cb"

    def code():
        return query_of(browser.walk(pub1.authorize(browser, redirect_uri=with_port)))["code"]

    assert pub1.token(pub1.code(browser)).status_code == 200
    assert_refused(pub1.token(code()), "invalid_grant")  # the port must be the same again
    assert pub1.token(code(), redirect_uri=with_port).status_code == 200


def test_resource_at_the_token_endpoint(gateway, leg1, browser):
    code = leg1.code(browser)
    assert_refused(leg1.token(code, resource=gateway.url + "/services/x"), "invalid_target")
    assert leg1.token(leg1.code(browser), resource=gateway.url).status_code == 200


def test_every_code_and_token_has_its_row(gateway, rp1, browser):
    tokens = rp1.tokens(browser)
    jti = jwt_tools.payload_of(tokens["access_token"])["jti"]
    rows = gateway.audit()
    token_row = next(row for row in rows if row["event"] == "token")
    assert token_row["detail"]["jti"] == jti
    code_row = next(row for row in rows if row["event"] == "code")
    assert code_row["detail"]["grant"] == token_row["detail"]["grant"]
    gateway.dvara("audit", "verify")


def test_no_secret_in_the_log(gateway, leg1, browser):
    code = leg1.code(browser)
    tokens = leg1.token(code).json()
    log = gateway.log()
    for secret in (code, leg1.secret, leg1.verifier, tokens["access_token"], tokens["id_token"],
                   browser.cookie("dvara_session"), browser.cookie("dvara_browser"), "P-100001"):
        assert secret not in log


def test_a_token_for_a_service_is_for_that_service_alone(gateway, browser):
    portal = client(gateway, "portal1", dvara_resources=["sim-registration"])
    own = portal.tokens(browser, persona="mariem")
    sim = f"{gateway.url}/services/sim-registration"
    # the person allowed the portal's services with the login
    code = query_of(portal.authorize(browser, resource=sim, prompt="none"))["code"]
    tokens = portal.token(code, resource=sim).json()
    access = jwt_tools.payload_of(tokens["access_token"])
    assert access["aud"] == sim and access["client_id"] == "portal1"
    # the service's own name for the person, and no other
    subjects = {jwt_tools.payload_of(token)["sub"] for token in (
        own["access_token"], own["id_token"], tokens["id_token"])}
    assert len(subjects) == 1 and access["sub"] not in subjects
    refused = portal.userinfo(tokens["access_token"])  # U03
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert portal.userinfo(own["access_token"]).status_code == 200


def test_a29_services_that_are_not_the_clients(gateway, browser):
    portal = client(gateway, "portal2", dvara_resources=["sim-registration"])
    for resource in ("application-tracking", "", "sim-registration/x", "../token"):
        answer = portal.authorize(browser, resource=f"{gateway.url}/services/{resource}")
        assert query_of(answer)["error"] == "invalid_target"
    for good, wrong in (("sim-registration", "application-tracking"), ("sim-registration", "x/y")):
        answer = browser.get("/authorize", params=[
            *portal.request().items(), ("resource", f"{gateway.url}/services/{good}"),
            ("resource", f"{gateway.url}/services/{wrong}")])
        assert query_of(answer)["error"] == "invalid_target"


def test_several_resources_and_a_token_for_each(gateway, browser):
    """RFC 8707 section 2.2: a token is for one of those of the request, never for two, and never
    for the gateway and a service."""
    portal = client(gateway, "portal3", scope=None, grant_types=GRANTS,
                    dvara_resources=["sim-registration", "welfare"])
    sim, welfare = (f"{gateway.url}/services/{name}" for name in ("sim-registration", "welfare"))

    def code_for(*resources):
        sent = [*portal.request().items(), *(("resource", resource) for resource in resources)]
        return query_of(browser.walk(browser.get("/authorize", params=sent)))["code"]

    def aud(answer):
        assert answer.status_code == 200, answer.text
        return jwt_tools.payload_of(answer.json()["access_token"])["aud"]

    answer = portal.token(code_for(sim, welfare))
    assert_refused(answer, "invalid_target")
    assert "resource" in answer.json()["error_description"]
    assert_refused(portal.token(code_for(sim, welfare), resource=gateway.url), "invalid_target")
    first = portal.token(code_for(sim, welfare), resource=welfare)
    assert aud(first) == welfare
    token = first.json()["refresh_token"]
    assert aud(portal.refresh(token, resource=sim)) == sim
    assert aud(portal.refresh(token, resource=welfare)) == welfare
    for wrong in (None, gateway.url, f"{gateway.url}/services/other", f"{sim} {welfare}"):
        assert_refused(portal.refresh(token, resource=wrong), "invalid_target")
    twice = requests.post(f"{gateway.url}/token", timeout=20, headers=portal.credentials()[1], data=[
        ("grant_type", "refresh_token"), ("refresh_token", token), ("resource", sim),
        ("resource", welfare)])
    assert_refused(twice, "invalid_target")
    # and the code is as it was
    form, headers = portal.credentials()
    code = code_for(sim, welfare)
    assert_refused(requests.post(f"{gateway.url}/token", timeout=20, headers=headers, data=[
        ("grant_type", "authorization_code"), ("code", code), ("resource", sim),
        ("resource", sim)]), "invalid_target")
    assert aud(portal.token(code, resource=sim)) == sim
    # the gateway among them is the one that is meant where none is named
    token = portal.token(code_for(gateway.url, sim)).json()
    assert jwt_tools.payload_of(token["access_token"])["aud"] == gateway.url
    assert portal.userinfo(token["access_token"]).status_code == 200
    assert aud(portal.refresh(token["refresh_token"], resource=sim)) == sim


def test_a_service_that_the_client_lost(gateway, browser):
    def registered(*services):
        return client(gateway, "portal4", scope=None, grant_types=GRANTS,
                      client_secret="a secret that stays", dvara_resources=list(services))

    sim = f"{gateway.url}/services/sim-registration"
    token = registered("sim-registration", "welfare").tokens(
        browser, resource=sim)["refresh_token"]
    fewer = registered("welfare")
    time.sleep(1.1)
    assert_refused(fewer.refresh(token), "invalid_target")
    again = registered("sim-registration", "welfare")
    time.sleep(1.1)
    assert again.refresh(token).status_code == 200
