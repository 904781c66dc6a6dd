# SPDX-License-Identifier: Apache-2.0
"""Cases L01 to L05: /end_session (OpenID Connect RP-Initiated Logout 1.0).  Tests that mirror a module
of the OpenID Foundation's plan are named after it."""

import time
import urllib.parse

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from relying_party import query_of

BACK = "https://leaver.test/bye"
STATE = "s t/%&=é"


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "leaver", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  post_logout_redirect_uris=[BACK, "https://leaver.test/bye?fixed=1"])


@pytest.fixture(scope="module")
def other(gateway):
    return client(gateway, "stayer", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  post_logout_redirect_uris=["https://stayer.test/bye"])


@pytest.fixture(scope="module")
def refresher(gateway):
    return client(gateway, "refresher", jwt_tools.ec_key(),
                  grant_types=["authorization_code", "refresh_token"],
                  scope="openid profile offline_access")


def end_session(browser, **parameters):
    return browser.get("/end_session", params=parameters)


def is_signed_in(party, browser):
    return "code" in query_of(party.authorize(browser, prompt="none"))


def assert_nowhere(answer):
    """PAGE: nothing sends the browser, or offers to, outside of the gateway."""
    assert answer.status_code in (200, 400), answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers and "Refresh" not in answer.headers
    assert "http-equiv" not in answer.text
    outside = [link for link in Page(answer.text).links if link and "//" in link]
    assert not outside, outside
    assert "evil" not in answer.text


def assert_asked(answer):
    assert_nowhere(answer)
    assert answer.status_code == 200
    page = Page(answer.text)
    assert "logout" in page.ids
    return next(form for form in page.forms if form.action == "/end_session/confirm")


def confirm(browser, answer):
    form = next(form for form in Page(answer.text).forms if form.action == "/end_session/confirm")
    return browser.post(form.action, form.fields)


def changed(token, **claims):
    head, _, signature = token.split(".")
    payload = {**jwt_tools.payload_of(token), **claims}
    return ".".join([head, jwt_tools.b64u(jwt_tools.text_of(payload)), signature])


def unsigned(token):
    return ".".join([jwt_tools.b64u(b'{"alg":"none"}'), token.split(".")[1], ""])


def test_oidcc_rp_initiated_logout(gateway, rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = end_session(
        browser, id_token_hint=token, post_logout_redirect_uri=BACK, state=STATE)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{BACK}?state={urllib.parse.quote(STATE, safe='')}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.cookie("dvara_session") is None
    assert not is_signed_in(rp, browser)
    ended = next(row for row in gateway.audit() if row["event"] == "session.ended")
    assert ended["client_id"] == rp.id and ended["actor"] == "person"
    again = end_session(browser, id_token_hint=token, post_logout_redirect_uri=BACK)
    assert (again.status_code, again.headers["Location"]) == (303, BACK)


def test_oidcc_rp_initiated_logout_no_state(rp, browser):
    token = rp.tokens(browser)["id_token"]
    there = "https://leaver.test/bye?fixed=1"
    answer = end_session(browser, id_token_hint=token, post_logout_redirect_uri=there)
    assert (answer.status_code, answer.headers["Location"]) == (303, there)


def test_a_state_after_a_query(rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = end_session(browser, id_token_hint=token, state="x",
                         post_logout_redirect_uri="https://leaver.test/bye?fixed=1")
    assert answer.headers["Location"] == "https://leaver.test/bye?fixed=1&state=x"


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = end_session(browser, id_token_hint=token, state="x")
    assert_nowhere(answer)
    assert "You are signed out" in answer.text
    assert not is_signed_in(rp, browser)


def test_oidcc_rp_initiated_logout_no_params(rp, browser):
    rp.code(browser)
    answer = end_session(browser)
    assert_asked(answer)
    assert is_signed_in(rp, browser)
    assert_nowhere(confirm(browser, answer))
    assert not is_signed_in(rp, browser)
    assert_nowhere(end_session(browser))


def test_oidcc_rp_initiated_logout_only_state(rp, browser):
    rp.code(browser)
    assert_nowhere(confirm(browser, end_session(browser, state="x")))
    assert not is_signed_in(rp, browser)


@pytest.mark.parametrize("bad", [
    "https://leaver.test/by", "https://leaver.test/bye/", "https://evil.test/bye", "https://stayer.test/bye",
    "https://leaver.test/bye#x", "HTTPS://leaver.test/bye", "https://leaver.test/bye%00"])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(rp, browser, bad):
    """Case L01."""
    assert_refused(rp, browser, bad)


@pytest.mark.parametrize("bad", [
    "https://leaver.test/bye?foo=bar", "https://leaver.test/bye?fixed=1&foo=bar"])
def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(rp, browser, bad):
    """Case L01."""
    assert_refused(rp, browser, bad)


def assert_refused(rp, browser, redirect_uri):
    """The person may sign out, and is sent nowhere."""
    token = rp.tokens(browser)["id_token"]
    answer = end_session(
        browser, id_token_hint=token, post_logout_redirect_uri=redirect_uri, state="x")
    form = assert_asked(answer)
    assert is_signed_in(rp, browser)
    assert not {"client_id", "post_logout_redirect_uri"} & {name for name, _ in form.fields}
    assert_nowhere(confirm(browser, answer))
    assert not is_signed_in(rp, browser)


def test_l01_nobody_is_signed_in(rp, browser, other_browser):
    token = rp.tokens(browser)["id_token"]
    answer = end_session(other_browser, id_token_hint=token,
                         post_logout_redirect_uri="https://evil.test/bye")
    assert_nowhere(answer)
    assert answer.status_code == 400 and "error-code" in Page(answer.text).ids
    assert is_signed_in(rp, browser)


def test_oidcc_rp_initiated_logout_no_id_token_hint(rp, browser):
    """Case L01: the address without anything that says whose it is."""
    rp.code(browser)
    answer = end_session(browser, post_logout_redirect_uri=BACK, state="x")
    assert_asked(answer)
    assert_nowhere(confirm(browser, answer))
    assert not is_signed_in(rp, browser)


def test_client_id_instead_of_a_hint(rp, browser):
    rp.code(browser)
    parameters = {"client_id": rp.id, "post_logout_redirect_uri": BACK, "state": STATE}
    answer = end_session(browser, **parameters)
    page = Page(answer.text)
    assert "logout" in page.ids and "LEAVER" in answer.text and is_signed_in(rp, browser)
    assert "form-action 'self' https://leaver.test;" in answer.headers["Content-Security-Policy"]
    answer = confirm(browser, answer)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{BACK}?state={urllib.parse.quote(STATE, safe='')}"
    assert not is_signed_in(rp, browser)
    # Nobody was asked: a link, no more.
    answer = end_session(browser, **parameters)
    assert answer.status_code == 200 and "Location" not in answer.headers
    assert Page(answer.text).ids["back"]["href"].startswith(BACK)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(rp, browser):
    """Case L02."""
    assert_no_hint(rp, browser, changed(rp.tokens(browser)["id_token"], exp=9999999999))


@pytest.mark.parametrize("bad", ["garbage", "a.b.c", "none", "unsigned", "other key",
                                 "access token", "long"])
def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp, browser, bad):
    """Case L02."""
    tokens = rp.tokens(browser)
    token = tokens["id_token"]
    hint = {"unsigned": lambda: unsigned(token), "other key": lambda: jwt_tools.sign(
                rp.key, jwt_tools.header_of(token), jwt_tools.payload_of(token)),
            "access token": lambda: tokens["access_token"], "long": lambda: "x" * 6000,
            }.get(bad, lambda: bad)()
    assert_no_hint(rp, browser, hint)


def assert_no_hint(rp, browser, hint):
    """As if there were none: the person is asked, and sent nowhere."""
    answer = end_session(
        browser, id_token_hint=hint, post_logout_redirect_uri=BACK, state="x")
    assert_asked(answer)
    assert is_signed_in(rp, browser)
    assert_nowhere(confirm(browser, answer))
    assert not is_signed_in(rp, browser)


def test_l02_another_person_s_token(rp, browser, other_browser):
    rp.code(browser, persona="sophea")
    theirs = rp.tokens(other_browser, persona="vannak")["id_token"]
    answer = end_session(browser, id_token_hint=theirs, post_logout_redirect_uri=BACK)
    assert "logout" in Page(answer.text).ids and "Location" not in answer.headers
    assert is_signed_in(rp, browser) and is_signed_in(rp, other_browser)
    answer = confirm(browser, answer)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    assert not is_signed_in(rp, browser) and is_signed_in(rp, other_browser)


def test_l02_the_same_person_s_other_session(rp, browser, other_browser):
    rp.code(browser)
    elsewhere = rp.tokens(other_browser)["id_token"]
    answer = end_session(browser, id_token_hint=elsewhere)
    assert "logout" in Page(answer.text).ids
    assert is_signed_in(rp, browser) and is_signed_in(rp, other_browser)


def test_l02_a_token_for_another_client(rp, other, browser):
    token = rp.tokens(browser)["id_token"]
    answer = end_session(browser, id_token_hint=token, client_id=other.id,
                         post_logout_redirect_uri="https://stayer.test/bye")
    assert_asked(answer)
    assert is_signed_in(rp, browser)
    assert_nowhere(confirm(browser, answer))
    # The twin: the client it is for.
    token = rp.tokens(browser)["id_token"]
    answer = end_session(browser, id_token_hint=token, client_id=rp.id,
                         post_logout_redirect_uri=BACK)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)


@pytest.mark.parametrize("name", ["nobody", "x" * 300, "a b", "\x01"])
def test_an_unknown_client(rp, browser, name):
    rp.code(browser)
    assert_asked(end_session(browser, client_id=name, post_logout_redirect_uri=BACK))
    assert is_signed_in(rp, browser)


def test_a_hint_that_has_expired(gateway, rp, browser):
    token = rp.tokens(browser)["id_token"]
    with gateway.clock(600):
        assert is_signed_in(rp, browser)
        answer = end_session(browser, id_token_hint=token, post_logout_redirect_uri=BACK)
        assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
        assert not is_signed_in(rp, browser)


def test_l03_from_another_site(gateway, rp, browser):
    """An image, a frame, a form of another site: nothing happens without a yes on our page."""
    rp.code(browser)
    answer = browser.get("/end_session", headers={
        "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image", "Referer": "https://evil.test/"})
    form = assert_asked(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert is_signed_in(rp, browser)
    for headers in ({"Origin": "https://evil.test"}, {"Sec_Fetch_Site": "cross-site"},
                    {"Origin": None, "Sec_Fetch_Site": None}):
        assert browser.post(form.action, form.fields, **headers).status_code == 403
    assert browser.post(form.action, []).status_code == 403
    assert browser.post(form.action, form.fields + [("state", "x")]).status_code == 403
    assert browser.get(form.action).status_code == 405
    assert is_signed_in(rp, browser)
    assert browser.post(form.action, form.fields).status_code == 200
    assert not is_signed_in(rp, browser)


def test_l03_another_browser_s_form(rp, browser, other_browser):
    rp.code(browser)
    rp.code(other_browser)
    theirs = assert_asked(end_session(other_browser))
    assert browser.post(theirs.action, theirs.fields).status_code == 403
    assert is_signed_in(rp, browser) and is_signed_in(rp, other_browser)


def test_l03_an_image_with_a_hint_brings_no_cookie(gateway, rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = requests.get(f"{gateway.url}/end_session", {"id_token_hint": token}, timeout=20,
                          allow_redirects=False, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert is_signed_in(rp, browser)


@pytest.mark.parametrize("bad", [
    "//evil.test", "/\\evil.test", "https:evil.test", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "\x01https://evil.test", "https://evil.test\r\nX: y", "data:text/html,evil", "", "/bye"])
def test_l04_addresses(rp, browser, bad):
    for more in ({"client_id": rp.id}, {}):
        token = rp.tokens(browser)["id_token"]
        sent = {"post_logout_redirect_uri": bad, "id_token_hint": token, **more}
        if bad == "":  # nothing was sent
            assert_nowhere(end_session(browser, **sent))
            continue
        answer = end_session(browser, **sent)
        assert_asked(answer)
        assert_nowhere(confirm(browser, answer))
        assert_nowhere(end_session(browser, **sent))


def test_l04_twice(gateway, rp, browser):
    token = rp.tokens(browser)["id_token"]
    query = urllib.parse.urlencode({"id_token_hint": token, "post_logout_redirect_uri": BACK})
    answer = browser.get(f"/end_session?{query}&post_logout_redirect_uri=https://evil.test/")
    assert_nowhere(answer)
    assert answer.status_code == 400 and is_signed_in(rp, browser)


def test_by_post_of_the_client_s_own_page(gateway, rp, browser):
    """The browser keeps our cookies from another site's form: it comes again by GET."""
    token = rp.tokens(browser)["id_token"]
    form = {"id_token_hint": token, "post_logout_redirect_uri": BACK, "state": STATE}
    answer = requests.post(f"{gateway.url}/end_session", form, timeout=20, allow_redirects=False,
                           headers={"Origin": "https://leaver.test", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/end_session?")
    assert is_signed_in(rp, browser)
    answer = browser.get(answer.headers["Location"])
    assert answer.headers["Location"] == f"{BACK}?state={urllib.parse.quote(STATE, safe='')}"
    assert not is_signed_in(rp, browser)


def test_by_post_with_cookies(rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = browser.post("/end_session", {
        "id_token_hint": token, "post_logout_redirect_uri": BACK}, Origin="https://leaver.test")
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    assert not is_signed_in(rp, browser)


def test_head_ends_nothing(rp, browser):
    token = rp.tokens(browser)["id_token"]
    answer = browser.http.head(f"{browser.gateway.url}/end_session",
                               params={"id_token_hint": token}, timeout=20)
    assert answer.status_code == 200 and is_signed_in(rp, browser)


def test_l05_what_is_left(gateway, rp, browser):
    tokens = rp.tokens(browser)
    unused = rp.code(browser, prompt="consent")
    stale = browser.cookie("dvara_session")
    open_page = browser.get(rp.authorize(browser, prompt="consent").headers["Location"])
    assert "name" in open_page.text
    assert rp.userinfo(tokens["access_token"]).status_code == 200
    end_session(browser, id_token_hint=tokens["id_token"])
    browser.http.cookies.set("dvara_session", stale, domain="127.0.0.1")
    assert query_of(rp.authorize(browser, prompt="none"))["error"] == "login_required"
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    refused = rp.token(unused)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    # The back button: neither what it showed nor what it could do.
    form = Page(open_page.text).form_of("consent")
    for answer in (browser.get(form.action), browser.decide(Page(open_page.text), True, ())):
        assert answer.status_code == 400 and "Location" not in answer.headers
        assert Page(answer.text).form_of("consent") is None
    assert open_page.headers["Cache-Control"] == "no-store"
    # The twin: signing in again.
    assert rp.userinfo(rp.tokens(browser)["access_token"]).status_code == 200


@pytest.mark.parametrize("how", ["here", "by an operator"])
def test_l05_refresh_tokens(gateway, refresher, browser, how):
    """Those for when the person is away live on."""
    party = refresher

    def refreshed(tokens):
        form, headers = party.credentials()
        return requests.post(f"{gateway.url}/token", headers=headers, timeout=20, data={
            "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **form})

    away = party.tokens(browser, scope="openid offline_access", prompt="consent")
    here = party.tokens(browser)
    assert refreshed(here).status_code == 200 and refreshed(away).status_code == 200
    if how == "here":
        end_session(browser, id_token_hint=here["id_token"])
    else:
        gateway.dvara("session", "end", "sophea")
    refused = refreshed(here)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert refreshed(away).status_code == 200
    assert party.userinfo(here["access_token"]).status_code == 401


def test_l05_consent_given_and_then_signed_out(rp, browser):
    token = rp.tokens(browser)["id_token"]
    page = Page(browser.get(rp.authorize(browser, prompt="consent").headers["Location"]).text)
    onward = browser.decide(page, True, ()).headers["Location"]
    end_session(browser, id_token_hint=token)
    answer = browser.get(onward)
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_sid_is_the_session_s_and_the_client_s(rp, other, browser, other_browser):
    first = rp.id_token(rp.tokens(browser))["sid"]
    assert rp.id_token(rp.tokens(browser))["sid"] == first
    assert other.id_token(other.tokens(browser))["sid"] != first
    assert rp.id_token(rp.tokens(other_browser))["sid"] != first
    # Proving anew who one is goes on with the session, under another cookie.
    cookie = browser.cookie("dvara_session")
    assert rp.id_token(rp.tokens(browser, prompt="login"))["sid"] == first
    assert browser.cookie("dvara_session") != cookie
    # Another person does not.
    tokens = rp.tokens(browser, persona="khamla", prompt="login")
    assert rp.id_token(tokens)["sid"] != first


def test_another_person_at_the_browser_ends_the_session(gateway, rp, browser):
    tokens = rp.tokens(browser, persona="sophea")
    rp.tokens(browser, persona="khamla", prompt="login")
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert any(row["event"] == "session.ended" and row["detail"]["why"] == "another person signed in"
               for row in gateway.audit())


def test_s21_an_operator_ends_all(gateway, rp, browser, other_browser):
    tokens = [rp.tokens(one, persona="noy")["access_token"] for one in (browser, other_browser)]
    gateway.dvara("session", "end", "noy")
    time.sleep(1)
    for one, token in zip((browser, other_browser), tokens):
        assert query_of(rp.authorize(one, prompt="none"))["error"] == "login_required"
        assert rp.userinfo(token).status_code == 401
    assert rp.userinfo(rp.tokens(browser, persona="noy")["access_token"]).status_code == 200


def test_ui_locales_and_logout_hint(rp, browser):
    rp.code(browser)
    answer = end_session(browser, ui_locales="km fr", logout_hint="sophea")
    assert '<html lang="km"' in answer.text
    self_links = [link for link in Page(answer.text).links if link and "lang=" in link]
    assert all(link.startswith("/end_session?lang=") for link in self_links), self_links


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(gateway):
    found = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert found["end_session_endpoint"] == f"{gateway.url}/end_session"
    assert "sid" in found["claims_supported"]


@pytest.fixture
def apart(tmp_path):
    with Gateway(tmp_path) as running:
        running.apply("person", [{"register_key": "P1", "short_name": "ann",
                                  "claims": {"name": "A"}}])
        yield running


def test_l05_redis_could_not_be_told(apart):
    """The end is in SQL before Redis hears of it: a session that it kept is refused, in a new process
    too."""
    party = client(apart, "leaver", jwt_tools.ec_key())
    browser = Browser(apart)
    token = party.tokens(browser, persona="ann")["id_token"]
    keys = [key for key in apart.redis.ask("KEYS", "dv:s*")]
    kept = {key: apart.redis.ask("GET", key) for key in keys if key.startswith("dv:s:")}
    stale = browser.cookie("dvara_session")
    end_session(browser, id_token_hint=token)
    for key, value in kept.items():
        apart.redis.ask("SET", key, value)
    for key in apart.redis.ask("KEYS", "dv:rv:*"):
        apart.redis.ask("DEL", key)
    browser.http.cookies.set("dvara_session", stale, domain="127.0.0.1")
    assert query_of(party.authorize(browser, prompt="none"))["error"] == "login_required"
    for key, value in kept.items():
        apart.redis.ask("SET", key, value)
    apart.restart()
    assert query_of(party.authorize(browser, prompt="none"))["error"] == "login_required"
    assert party.userinfo(party.tokens(browser, persona="ann")["access_token"]).status_code == 200
