# SPDX-License-Identifier: Apache-2.0
"""Cases T60 to T63: the device grant (RFC 8628), from the code on the screen to the tokens."""

import concurrent.futures
import contextlib
import re
import time
import urllib.parse

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from dpop import Proofs
from gateway import Gateway
from test_token import assert_refused

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
AT_ONCE = 64
INTERVAL_S = 5
LIFE_S = 600
WRONG = "BCDF-GHJK"


def device(gateway, name, key=None, **metadata):
    return client(gateway, name, key, **{
        "redirect_uris": [], "grant_types": [DEVICE_CODE, "refresh_token"],
        "id_token_signed_response_alg": "ES256", **metadata})


@pytest.fixture(scope="module")
def dev1(gateway):
    """A public client without any redirect address."""
    return device(gateway, "dev1", token_endpoint_auth_method="none", application_type="native")


@pytest.fixture(scope="module")
def dev2(gateway):
    """Confidential, private_key_jwt."""
    return device(gateway, "dev2", jwt_tools.ec_key())


def ask(party, **changes):
    form, headers = party.credentials()
    form = {"scope": "openid profile", **form, **changes}
    return requests.post(f"{party.gateway.url}/device_authorization", headers=headers, timeout=20,
                         data={name: value for name, value in form.items() if value is not None})


def asked(party, **changes):
    answer = ask(party, **changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def poll(party, device_code, **more):
    return party.token(None, **{"grant_type": DEVICE_CODE, "device_code": device_code,
                                "redirect_uri": None, "code_verifier": None, **more})


def entered(browser, user_code):
    """The answer to a code typed at /device."""
    form = Page(browser.get("/device").text).forms[0]
    fields = [field for field in form.fields if field[0] != "user_code"]
    return browser.post(form.action, fields + [("user_code", user_code)])


def answered(browser, answer, decision="continue"):
    form = Page(answer.text).form_of("device-answer")
    return browser.post(form.action, form.fields + [("decision", decision)])


def allowed(browser, device, persona="sophea", **more):
    """The person's whole way: code, question, login, consent, last page."""
    answer = answered(browser, entered(browser, device["user_code"]))
    answer = browser.walk(answer, persona, **more)
    assert answer.status_code == 200, answer.text
    return answer


def assert_error(answer, error):
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == error
    assert answer.json()["error_uri"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_good_one(gateway, dev1, browser):
    document = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert document["device_authorization_endpoint"] == f"{gateway.url}/device_authorization"
    assert DEVICE_CODE in document["grant_types_supported"]

    device = asked(dev1)
    assert device["verification_uri"] == f"{gateway.url}/device"
    assert device["verification_uri_complete"] == \
        f"{gateway.url}/device?user_code={device['user_code']}"
    assert (device["expires_in"], device["interval"]) == (LIFE_S, INTERVAL_S)
    assert len(device["device_code"]) == 43
    assert set(device["user_code"]) <= set("BCDFGHJKLMNPQRSTVWXZ-")
    assert_error(poll(dev1, device["device_code"]), "authorization_pending")

    last = allowed(browser, device, claims=("name",))
    assert "go back to your device" in last.text
    tokens = poll(dev1, device["device_code"])
    assert tokens.status_code == 200, tokens.text
    tokens = tokens.json()
    claims = dev1.id_token(tokens)
    assert claims["sub"] and "nonce" not in claims
    info = dev1.userinfo(tokens["access_token"]).json()
    assert info["sub"] == claims["sub"] and info["name"]
    refreshed = dev1.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200, refreshed.text
    events = [row["event"] for row in gateway.audit()]
    assert "device.allowed" in events


def test_it_lives_on_without_the_browser_s_session(gateway, dev2, browser):
    device = asked(dev2)
    allowed(browser, device)
    tokens = poll(dev2, device["device_code"]).json()
    form = Page(browser.get("/end_session").text).forms[0]
    assert browser.post(form.action, form.fields).status_code == 200
    assert dev2.userinfo(tokens["access_token"]).status_code == 200
    assert dev2.refresh(tokens["refresh_token"]).status_code == 200


def test_the_session_that_is_there_will_do(dev2, browser):
    allowed(browser, asked(dev2))
    device = asked(dev2)
    last = answered(browser, entered(browser, device["user_code"]))
    assert last.status_code == 200 and "go back to your device" in last.text
    assert poll(dev2, device["device_code"]).status_code == 200


def test_t60_pending_then_slow_down(tmp_path):
    """An interval that a busy machine does not fill by itself; each slow_down makes it 5 s more."""
    interval_s = 60
    with another(tmp_path, **{"device.interval": f"{interval_s}s"}) as (gateway, dev1):
        gateway.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        device = asked(dev1)
        code = device["device_code"]
        assert device["interval"] == interval_s
        assert_error(poll(dev1, code), "authorization_pending")
        for _ in range(4):
            assert_error(poll(dev1, code), "slow_down")
        with gateway.clock(interval_s + 1):  # enough before, not any more
            assert_error(poll(dev1, code), "slow_down")
        with gateway.clock(2 * interval_s + 1 + 5 * 5):
            assert_error(poll(dev1, code), "authorization_pending")
        allowed(Browser(gateway), device)
        assert poll(dev1, code).status_code == 200


def test_t60_expired(gateway, dev1, browser):
    device, late = asked(dev1), asked(dev1)
    allowed(browser, late)
    with gateway.clock(LIFE_S):
        assert_error(poll(dev1, device["device_code"]), "expired_token")
        assert_error(poll(dev1, late["device_code"]), "expired_token")
        answer = entered(browser, device["user_code"])
        assert answer.status_code == 400 and "user-code-wrong" in answer.text


@pytest.mark.parametrize("where", ["at the question", "at the consent", "at the login"])
def test_t60_denied(dev2, browser, where):
    device = asked(dev2)
    answer = entered(browser, device["user_code"])
    if where == "at the question":
        last = answered(browser, answer, "deny")
    elif where == "at the consent":
        last = browser.walk(answered(browser, answer), "bopha", allow=False)
    else:
        page = Page(browser.get(answered(browser, answer).headers["Location"]).text)
        form = next(form for form in page.forms if form.action.startswith("/login/cancel"))
        last = browser.walk(browser.post(form.action, form.fields))
    assert last.status_code == 200 and "was not signed in" in last.text
    assert_error(poll(dev2, device["device_code"]), "access_denied")
    assert entered(browser, device["user_code"]).status_code == 400


def test_t61_of_another_client(gateway, dev1, dev2, browser):
    device = asked(dev1)
    assert_refused(poll(dev2, device["device_code"]), "invalid_grant")
    allowed(browser, device)
    assert_refused(poll(dev2, device["device_code"]), "invalid_grant")
    assert "grant.other_client" in [row["event"] for row in gateway.audit()]
    assert poll(dev1, device["device_code"]).status_code == 200


def test_t61_twice(dev1, browser):
    device = asked(dev1)
    allowed(browser, device)
    tokens = poll(dev1, device["device_code"])
    assert tokens.status_code == 200
    assert_refused(poll(dev1, device["device_code"]), "invalid_grant")
    assert dev1.userinfo(tokens.json()["access_token"]).status_code == 200


def test_t61_i1_all_at_once(dev1, browser):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(3):
            device = asked(dev1)
            allowed(browser, device)
            answers = list(pool.map(
                lambda _, code=device["device_code"]: poll(dev1, code), range(AT_ONCE)))
            assert sorted(answer.status_code for answer in answers) == \
                [200] + [400] * (AT_ONCE - 1)


@pytest.mark.parametrize("code", ["x", "ä", "x" * 5000, " "])
def test_t61_none_of_ours(dev1, code):
    assert_refused(poll(dev1, code), "invalid_grant")
    assert_refused(poll(dev1, None), "invalid_request")


def test_what_a_device_may_not_ask(gateway, dev1, dev2, leg1):
    assert_refused(ask(leg1), "unauthorized_client")
    assert_refused(ask(dev1, scope="profile"), "invalid_scope")
    assert_refused(ask(dev1, scope="openid unheard_of"), "invalid_scope")
    assert_refused(ask(dev1, resource=f"{gateway.url}/services/none"), "invalid_target")
    assert_refused(ask(dev1, request="x.y.z"), "request_not_supported")
    answer = ask(dev2, client_assertion=dev2.assertion(aud="https://other.test"))
    assert answer.status_code == 401 and answer.json()["error"] == "invalid_client"
    answer = requests.get(f"{gateway.url}/device_authorization", timeout=20)
    assert answer.status_code == 405
    answer = requests.post(f"{gateway.url}/device_authorization?client_id=dev1",
                           data={"scope": "openid"}, timeout=20)
    assert_refused(answer, "invalid_request")


def test_bound_to_the_key_that_polls(dev1, browser):
    """RFC 9449: the tokens of a device are its key's."""
    proofs, device = Proofs(), asked(dev1)
    allowed(browser, device)
    url = f"{dev1.gateway.url}/token"
    answer = poll(dev1, device["device_code"], headers=proofs.header("POST", url))
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["token_type"] == "DPoP"
    assert dev1.userinfo(tokens["access_token"]).status_code == 401
    assert jwt_tools.payload_of(tokens["access_token"])["cnf"] == {"jkt": proofs.jkt}


@contextlib.contextmanager
def another(tmp_path, **settings):
    with Gateway(tmp_path, settings) as gateway:
        yield gateway, device(gateway, "dev1", token_endpoint_auth_method="none",
                              application_type="native")


def test_t62_guesses_of_one_browser(tmp_path):
    with another(tmp_path) as (gateway, dev1):
        device, browser = asked(dev1), Browser(gateway)
        for _ in range(9):
            answer = entered(browser, WRONG)
            assert answer.status_code == 400 and "user-code-wrong" in answer.text
        # what fits does not count
        assert entered(browser, device["user_code"]).status_code == 200
        assert browser.get(f"/device?user_code={WRONG}").status_code == 400
        for code in (WRONG, device["user_code"]):
            answer = entered(browser, code)
            assert answer.status_code == 429 and "Retry-After" in answer.headers
            assert browser.get(f"/device?user_code={code}").status_code == 429
        other = Browser(gateway)
        assert entered(other, device["user_code"]).status_code == 200
        with gateway.clock(601):
            assert entered(browser, WRONG).status_code == 400


def signed_out_everywhere(browser):
    page = Page(browser.get("/account").text)
    csrf = dict(page.forms[-1].fields)["csrf"]
    answer = browser.post("/account/sessions/end-all", {"csrf": csrf})
    assert answer.status_code == 200 and "You are signed out" in answer.text


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_s21_what_was_allowed_ends_with_signing_out_everywhere(gateway, browser, scope):
    """Polled or not; but not with the browser's own session."""
    party = device(gateway, f"dev-s21-{len(scope)}", token_endpoint_auth_method="none",
                   application_type="native", scope=scope,
                   grant_types=[DEVICE_CODE] + ["refresh_token"] * ("offline" in scope))
    polled, waiting, after = (asked(party, scope=scope) for _ in range(3))
    for one in (polled, waiting):
        allowed(browser, one, "bopha")
    token = poll(party, polled["device_code"]).json()["access_token"]
    assert party.userinfo(token).status_code == 200
    other = Browser(gateway)
    allowed(other, after, "bopha")
    dead = other.cookie("dvara_session")
    browser.post("/account/sessions/end", session_form(browser))
    assert dead and party.userinfo(token).status_code == 200
    assert poll(party, after["device_code"]).status_code == 200

    signed_out_everywhere(browser)
    assert_error(poll(party, waiting["device_code"]), "access_denied")
    assert_refused(poll(party, waiting["device_code"]), "invalid_grant")
    lives_on = "offline" in scope  # given for when the person is away
    assert party.userinfo(token).status_code == (200 if lives_on else 401)
    # twin
    again = asked(party, scope=scope)
    allowed(Browser(gateway), again, "bopha")
    tokens = poll(party, again["device_code"]).json()
    assert party.userinfo(tokens["access_token"]).status_code == 200


def session_form(browser):
    """Of the button that ends the person's other session."""
    text = browser.get("/account").text
    return {"csrf": dict(Page(text).forms[-1].fields)["csrf"],
            "session": re.search(r'name="session" value="([^"]*)"', text)[1]}


def guess(gateway, address, user_code=WRONG):
    return requests.get(f"{gateway.url}/device", params={"user_code": user_code}, timeout=20,
                        headers={"X-Forwarded-For": address}).status_code


def test_t62_guesses_from_everywhere(tmp_path):
    """Each guess from another address and browser: still no more than so many in 10 seconds.
    Twins: who is signed in, and everybody when it is over, however often they tried meanwhile."""
    with another(tmp_path) as (gateway, dev1):
        gateway.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        device, person, stranger = asked(dev1), Browser(gateway), Browser(gateway)
        client(gateway, "site").sign_in(person)
        stranger.get("/device")
        codes = [guess(gateway, f"198.51.{number // 100}.{number % 100 + 1}")
                 for number in range(200)]
        assert codes == [400] * 150 + [429] * 50
        uri = device["verification_uri_complete"]
        assert [stranger.get(uri).status_code for _ in range(11)] == [429] * 11
        assert person.get(uri).status_code == 200
        for number in range(11):
            code = person.get(f"/device?user_code={WRONG}").status_code
            assert code == (400 if number < 10 else 429)
        with gateway.clock(11):
            assert stranger.get(uri).status_code == 200


def test_t62_one_address_does_not_close_it_to_others(tmp_path):
    with another(tmp_path) as (gateway, dev1):
        device = asked(dev1)
        codes = [guess(gateway, "203.0.113.5") for _ in range(160)]
        assert codes == [400] * 100 + [429] * 60
        assert guess(gateway, "198.51.100.7", device["user_code"]) == 200


def test_requests_are_counted(tmp_path):
    """Of a client; of one that anybody can claim to be, by address as well."""
    with another(tmp_path, **{"device.per_minute": 20}) as (gateway, dev1):
        def ask_from(address):
            return requests.post(
                f"{gateway.url}/device_authorization", timeout=20, data={
                    "client_id": dev1.id, "scope": "openid"},
                headers={"X-Forwarded-For": address}).status_code
        assert [ask_from("203.0.113.5") for _ in range(4)] == [200] * 3 + [429]
        assert [ask_from(f"203.0.113.{n}") for n in range(10, 28)] == [200] * 17 + [429]
        mine = device(gateway, "mine", token_endpoint_auth_method="client_secret_basic")
        answers = [ask(mine) for _ in range(21)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429]
        assert "Retry-After" in answers[-1].headers
        with gateway.clock(61):
            assert ask_from("203.0.113.5") == 200


def test_t62_guesses_of_one_address_without_cookies(tmp_path):
    settings = {"device.wrong_codes": 2}
    with another(tmp_path, **settings) as (gateway, _):
        codes = [requests.get(f"{gateway.url}/device", params={"user_code": WRONG},
                              timeout=20).status_code for _ in range(25)]
        assert codes == [400] * 20 + [429] * 5


def test_t62_the_answer_form_tells_nothing_more(dev1, browser):
    """A form made up for a code that is there and one for a code that is not: both count, and
    neither goes on."""
    device = asked(dev1)
    page = entered(browser, device["user_code"])
    fields = dict(Page(page.text).form_of("device-answer").fields)
    for code in (device["user_code"], WRONG):
        answer = browser.post("/device/answer", {**fields, "user_code": code, "csrf": "x",
                                                 "decision": "continue"})
        assert answer.status_code in (400, 403)
    assert_error(poll(dev1, device["device_code"]), "authorization_pending")


def test_t63_the_complete_address_only_asks(gateway, dev1, browser, other_browser):
    allowed(browser, asked(dev1))  # a session and a consent are there
    device = asked(dev1)
    answer = browser.get(device["verification_uri_complete"])
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.ids["device-code"]["text"] == device["user_code"]
    assert "DEV1" in answer.text and "Full name" in answer.text
    assert "Did somebody send you this code" in answer.text
    assert_error(poll(dev1, device["device_code"]), "authorization_pending")

    form = page.form_of("device-answer")
    fields = form.fields + [("decision", "continue")]
    without = [field for field in fields if field[0] != "csrf"]
    assert browser.post(form.action, without).status_code == 403
    assert browser.post(form.action, fields, Origin="https://evil.test",
                        Sec_Fetch_Site="cross-site").status_code == 403
    other_browser.get("/device")
    assert other_browser.post(form.action, fields).status_code == 403
    assert browser.get(f"{form.action}?{urllib.parse.urlencode(fields)}").status_code == 405
    assert poll(dev1, device["device_code"]).json()["error"] in (
        "authorization_pending", "slow_down")

    last = browser.post(form.action, fields)
    assert last.status_code == 200 and "go back to your device" in last.text
    assert poll(dev1, device["device_code"]).status_code == 200


def test_the_first_answer_counts(dev2, browser, other_browser):
    device = asked(dev2)
    first = answered(browser, entered(browser, device["user_code"]))
    second = answered(other_browser, entered(other_browser, device["user_code"]), "deny")
    assert second.status_code == 200
    last = browser.walk(first)
    assert last.status_code == 400, "the device was told no before"
    assert_error(poll(dev2, device["device_code"]), "access_denied")


def test_the_form_in_five_languages(browser):
    for language, title in (("km", "ឧបករណ៍"), ("lo", "ອຸປະກອນ"), ("en", "device"),
                            ("fr", "appareil"), ("ar", "جهاز")):
        answer = browser.get("/device", headers={"Accept-Language": language})
        assert f'lang="{language}"' in answer.text
        assert title in answer.text.replace("\u200b", "")
        assert "user-code" in Page(answer.text).ids


def test_redis_away_is_no_answer(tmp_path):
    """A store that is away is no reason to forget the code."""
    with another(tmp_path) as (gateway, dev1):
        device = asked(dev1)
        with gateway.redis.paused():
            answer = poll(dev1, device["device_code"])
            assert answer.status_code == 503 and "Retry-After" in answer.headers
        until = time.monotonic() + 30
        while (answer := poll(dev1, device["device_code"])).status_code == 503:
            assert time.monotonic() < until
            time.sleep(0.3)
        assert answer.json()["error"] in ("authorization_pending", "slow_down")
