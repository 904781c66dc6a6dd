# SPDX-License-Identifier: Apache-2.0
"""Cases A: GET and POST /authorize."""

import json
import re
import time
import urllib.parse

import pytest
import requests

import jwt_tools
from browser import Page
from conftest import client
from relying_party import query_of


def assert_page(answer, status=400):
    """A page for a person: nowhere to go on by itself, nothing of what was sent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers
    assert not re.search(r"http-equiv|<script|evil\.test", answer.text, re.I)
    assert "error-code" in Page(answer.text).ids


def assert_red(rp, answer, error):
    """An error for the client, at its own address."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["Location"]
    assert location.startswith(rp.sent["redirect_uri"]), location
    answered = query_of(answer)
    assert answered["error"] == error, answered
    assert "code" not in answered
    assert answered["iss"] == rp.gateway.url
    assert answered.get("state") == rp.sent.get("state")
    return answered


def posted(browser, fields, **headers):
    """The answer to a form of a client, after the round by which it finds its cookies."""
    answer = browser.post("/authorize", fields, **headers)
    if answer.headers.get("Location", "").startswith("/authorize?"):
        answer = browser.get(answer.headers["Location"])
    return answer


def assert_login(answer):
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?tx=")


def test_a_good_request_leads_to_the_login_and_back(rp1, browser):
    answer = rp1.authorize(browser)
    assert_login(answer)
    done = browser.walk(answer)
    assert done.status_code == 303
    assert query_of(done).keys() == {"code", "state", "iss"}


def test_a36_the_issuer_stands_in_every_answer(gateway, rp1, browser):
    metadata = browser.get("/.well-known/openid-configuration").json()
    assert metadata["authorization_response_iss_parameter_supported"] is True
    for allow in (False, True):
        answered = query_of(rp1.sign_in(browser, allow=allow, prompt="consent"))
        assert ("code" in answered) is allow
        assert answered["iss"] == metadata["issuer"] == gateway.url


@pytest.mark.parametrize("client_id", ["nope", None, "", "rp1 ", "a" * 300])
def test_a01_unknown_client(rp1, browser, client_id):
    assert_page(rp1.authorize(
        browser, client_id=client_id, redirect_uri="https://evil.test/"))
    assert_page(rp1.authorize(browser, client_id=client_id))
    assert_login(rp1.authorize(browser))


@pytest.mark.parametrize("redirect_uri", [
    "https://evil.test/cb",
    "https://rp1.test/cb?x=1", "https://rp1.test/CB", "https://rp1.test/cb/",
    "https://rp1.test/cb/../x", "https://rp1.test/cb/..;/x", "https://rp1.test/cb%2f..%2fx",
    "https://rp1.test/cb;/x", "https://rp1.test/./cb",
    "https://rp1.test.evil.test/cb", "https://rp1.test./cb", "https://RP1.test/cb",
    "https://rp1.test:443/cb", "https://xn--rp1-abc.test/cb",
    "https://rp1.test/cb#frag", "https://rp1.test/cb#",
    "http://rp1.test/cb", "https://rp1.test/other", "", None])
def test_a02_a03_a04_a06_a08_a11_other_addresses(rp1, browser, redirect_uri):
    assert_page(rp1.authorize(browser, redirect_uri=redirect_uri))
    assert_login(rp1.authorize(browser, redirect_uri="https://rp1.test/other?fixed=1"))


def test_the_query_of_a_registered_address_stays(rp1, browser):
    answer = rp1.sign_in(browser, redirect_uri="https://rp1.test/other?fixed=1")
    assert answer.headers["Location"].startswith("https://rp1.test/other?fixed=1&")


def test_a09_loopback_port_is_free(pub1, browser):
    assert_login(pub1.authorize(browser, redirect_uri="http://127.0.0.1:5123/cb"))
    assert_login(pub1.authorize(browser, redirect_uri="http://127.0.0.1/cb"))


@pytest.mark.parametrize("redirect_uri", [
    "http://127.0.0.1.evil.test/cb", "http://127.0.0.1:80@evil.test/cb", "http://localhost/cb",
    "http://[::1]/cb", "http://127.1/cb", "http://127.0.0.1:5123/other",
    "http://127.0.0.1:99999/cb", "http://127.0.0.1:/cb", "https://127.0.0.1:5123/cb"])
def test_a10_what_only_looks_like_loopback(pub1, browser, redirect_uri):
    assert_page(pub1.authorize(browser, redirect_uri=redirect_uri))


@pytest.mark.parametrize("name", ["state", "scope", "nonce", "code_challenge"])
def test_a13_a_parameter_twice(rp1, browser, name):
    rp1.sent = rp1.request()
    answer = browser.get("/authorize", params=[*rp1.sent.items(), (name, rp1.sent[name])])
    if name == "state":
        rp1.sent.pop("state")
    assert_red(rp1, answer, "invalid_request")
    assert_login(rp1.authorize(browser))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a13_what_says_where_to_go_twice(rp1, browser, name):
    sent = rp1.request()
    assert_page(browser.get("/authorize", params=[*sent.items(), (name, sent[name])]))


def test_a14_no_response_type(rp1, browser):
    assert_red(rp1, rp1.authorize(browser, response_type=None), "invalid_request")


@pytest.mark.parametrize("response_type", [
    "token", "id_token", "code token", "code id_token", "none", "code code", "Code"])
def test_a15_other_response_types(rp1, browser, response_type):
    answer = rp1.authorize(browser, response_type=response_type)
    assert_red(rp1, answer, "unsupported_response_type")
    assert "#" not in answer.headers["Location"]


@pytest.mark.parametrize("mode", ["form_post.jwt", "fragment", "query.jwt", "x"])
def test_a16_other_response_modes(rp1, browser, mode):
    assert_page(rp1.authorize(browser, response_mode=mode, redirect_uri="https://evil.test/"))
    assert_red(rp1, rp1.authorize(browser, response_mode=mode), "invalid_request")
    assert_login(rp1.authorize(browser, response_mode="query"))


@pytest.mark.parametrize("scope", [
    "openid admin", "profile", None, "", "openid  profile ", "openid\tprofile", "OPENID"])
def test_a17_scopes(rp1, browser, scope):
    answer = rp1.authorize(browser, scope=scope)
    if scope == "openid  profile ":  # spaces too many are nobody's harm
        assert answer.status_code == 303
        return
    assert_red(rp1, answer, "invalid_scope")


def test_a17_a_scope_that_is_not_the_clients(gateway, browser):
    from conftest import client
    narrow = client(gateway, "narrow", scope="openid profile")
    assert_red(narrow, narrow.authorize(browser, scope="openid email"), "invalid_scope")
    assert_login(narrow.authorize(browser, scope="openid profile"))


GOOD = jwt_tools.s256("x")


@pytest.mark.parametrize("challenge, method", [
    (None, None), (GOOD, "plain"), (GOOD, None), (None, "S256"), ("", "S256"), (GOOD[:42], "S256"),
    ("a" * 129, "S256"), (GOOD[:42] + "=", "S256"), (GOOD[:42] + "+", "S256"), (GOOD, "s256")])
def test_a18_pkce(rp1, browser, challenge, method):
    answer = rp1.authorize(browser, code_challenge=challenge, code_challenge_method=method)
    assert_red(rp1, answer, "invalid_request")
    assert_login(rp1.authorize(browser))


def test_a18_pkce_may_be_switched_off_for_one_client(nopkce, browser):
    assert_login(nopkce.authorize(browser, code_challenge=None, code_challenge_method=None))
    assert_red(nopkce, nopkce.authorize(browser, code_challenge_method="plain"), "invalid_request")


@pytest.mark.parametrize("state", [
    "s" * 1000, "a\r\nSet-Cookie:x=1", "\"<>&'", "សុខ សុភា ☃", "a+b c%20d", "", "~-._!*()"])
def test_a19_state_comes_back_as_it_was(rp1, browser, state):
    for changes in ({}, {"prompt": "none"}):
        answer = rp1.sign_in(browser, state=state, **changes)
        assert query_of(answer)["state"] == state
        assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]
        assert answer.headers["Location"].isascii()
    other = rp1.authorize(browser, state=state, response_type="token")
    assert query_of(other)["state"] == state


def test_a19_no_state_and_no_nonce(rp1, browser):
    answer = rp1.sign_in(browser, state=None, nonce=None)
    assert query_of(answer).keys() == {"code", "iss"}


def test_a20_too_long(rp1, browser):
    answer = rp1.authorize(browser, state="s" * 5000)
    rp1.sent.pop("state")
    assert_red(rp1, answer, "invalid_request")
    assert_red(rp1, rp1.authorize(browser, nonce="n" * 600), "invalid_request")
    assert_login(rp1.authorize(browser, nonce="n" * 64))


def test_a21_prompt_none(rp1, browser):
    assert_red(rp1, rp1.authorize(browser, prompt="none"), "login_required")
    rp1.code(browser, persona="vannak")
    assert "code" in query_of(rp1.authorize(browser, prompt="none"))
    # more than was allowed
    answer = rp1.authorize(browser, prompt="none", scope="openid profile email")
    assert_red(rp1, answer, "consent_required")


def test_a21_another_client_needs_its_own_consent(gateway, rp1, browser):
    other = client(gateway, "never-allowed", jwt_tools.ec_key())
    rp1.code(browser, persona="khamla")
    assert_red(other, other.authorize(browser, prompt="none"), "consent_required")


@pytest.mark.parametrize("prompt", ["none login", "xyz", "none consent"])
def test_a21_words(rp1, browser, prompt):
    assert_red(rp1, rp1.authorize(browser, prompt=prompt), "invalid_request")


def test_prompt_login_asks_again(rp1, browser):
    rp1.code(browser)
    first = rp1.id_token(rp1.tokens(browser))
    time.sleep(1.1)
    answer = rp1.authorize(browser, prompt="login")
    assert_login(answer)
    done = query_of(browser.walk(answer))
    again = rp1.id_token(rp1.token(done["code"]).json())
    assert again["auth_time"] > first["auth_time"]
    assert again["sub"] == first["sub"]


def test_prompt_consent_asks_again(rp1, browser):
    rp1.code(browser)
    answer = rp1.authorize(browser, prompt="consent")
    assert answer.headers["Location"].startswith("/consent?tx=")
    assert "code" in query_of(browser.walk(answer))


def test_a23_max_age(gateway, rp1, browser):
    first = rp1.id_token(rp1.tokens(browser))
    assert_login(rp1.authorize(browser, max_age="0"))
    with gateway.clock(5):
        assert_login(rp1.authorize(browser, max_age="1"))
        kept = rp1.tokens(browser, max_age="10000")
        assert rp1.id_token(kept)["auth_time"] == first["auth_time"]
        assert_red(rp1, rp1.authorize(browser, max_age="1", prompt="none"), "login_required")
        fresh = rp1.tokens(browser, max_age="1")
        assert rp1.id_token(fresh)["auth_time"] >= first["auth_time"] + 5


@pytest.mark.parametrize("max_age", ["-1", "abc", "99999999999999999999", "1.5", "0x10"])
def test_a23_what_is_no_age(rp1, browser, max_age):
    assert_red(rp1, rp1.authorize(browser, max_age=max_age), "invalid_request")


def test_a24_id_token_hint(gateway, rp1, rp2, browser, other_browser):
    mine = rp1.tokens(browser, persona="claire")["id_token"]
    bobs = rp1.tokens(other_browser, persona="noy")["id_token"]
    others = rp2.tokens(other_browser, persona="noy")["id_token"]
    header, payload = jwt_tools.header_of(mine), jwt_tools.payload_of(mine)
    unsigned = jwt_tools.sign(rp1.key, header, payload).rsplit(".", 1)[0]
    none = ".".join([jwt_tools.b64u(b'{"alg":"none"}'), mine.split(".")[1], ""])
    forged = jwt_tools.sign(rp1.key, header, payload)
    key = requests.get(f"{gateway.url}/jwks", timeout=20).json()["keys"][0]
    hs256 = jwt_tools.b64u(json.dumps({**header, "alg": "HS256", "kid": key["kid"]}).encode())
    for bad in (none, unsigned, forged, hs256 + "." + mine.split(".", 1)[1], mine[:-4] + "AAAA",
                others, "x", rp1.tokens(browser, persona="claire")["access_token"]):
        answer = rp1.authorize(browser, prompt="none", id_token_hint=bad)
        assert_red(rp1, answer, "invalid_request")
    assert_red(rp1, rp1.authorize(browser, prompt="none", id_token_hint=bobs), "login_required")
    assert "code" in query_of(rp1.authorize(browser, prompt="none", id_token_hint=mine))
    with gateway.clock(600):  # expired hints are hints
        assert "code" in query_of(rp1.authorize(browser, prompt="none", id_token_hint=mine))


def test_a24_another_person_than_expected_signs_in(rp1, browser, other_browser):
    hint = rp1.tokens(other_browser, persona="noy")["id_token"]
    answer = rp1.sign_in(browser, persona="claire", id_token_hint=hint)
    assert_red(rp1, answer, "login_required")
    answer = rp1.sign_in(other_browser, persona="noy", id_token_hint=hint)
    assert "code" in query_of(answer)


@pytest.mark.parametrize("claims", [
    "{", "[]", '"x"', '{"id_token":{"name":null,"name":null}}', "[" * 2049, '{"id_token":[]}',
    '{"userinfo":{"name":5}}', '{"x":"' + "y" * 60000 + '"}'])
def test_a26_claims_that_are_none(rp1, browser, claims):
    rp1.sent = rp1.request(claims=claims)
    began_s = rp1.gateway.cpu_s()
    answer = posted(browser, rp1.sent)
    assert_red(rp1, answer, "invalid_request")
    assert rp1.gateway.cpu_s() - began_s < 1
    assert_login(rp1.authorize(browser, claims='{"userinfo":{"name":{"essential":true}}}'))


@pytest.mark.parametrize("name, value, error", [
    ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
    ("request_uri", "https://trap.test/r", "request_uri_not_supported"),
    ("registration", "{}", "registration_not_supported"),
    ("authorization_details", '[{"type":"x"}]', "invalid_authorization_details"),
    ("resource", "https://other", "invalid_target"),
    ("resource", "/services/sim", "invalid_target")])
def test_a27_a29_what_is_not_supported(rp1, browser, name, value, error):
    assert_red(rp1, rp1.authorize(browser, **{name: value}), error)


def test_a28_fapi2_without_par(fapi, browser):
    assert_red(fapi, fapi.authorize(browser), "invalid_request")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_a30_other_methods(gateway, rp1, method):
    answer = requests.request(method, f"{gateway.url}/authorize", params=rp1.request(),
                              allow_redirects=False, timeout=20)
    assert answer.status_code == 405
    if method != "TRACE":
        assert "GET" in answer.headers["Allow"]


def test_a30_head_changes_nothing(gateway, rp1, browser):
    rp1.code(browser)
    answer = browser.http.head(f"{gateway.url}/authorize", params=rp1.request(),
                               allow_redirects=False, timeout=20)
    assert answer.status_code == 200
    assert "Location" not in answer.headers


def test_a32_login_makes_a_new_session(rp1, browser):
    rp1.code(browser)
    before = browser.cookie("dvara_session")
    rp1.sign_in(browser, prompt="login")
    after = browser.cookie("dvara_session")
    assert before != after
    browser.http.cookies.set("dvara_session", before, domain="127.0.0.1", path="/")
    assert before in [cookie.value for cookie in browser.http.cookies]
    fresh = requests.Session()
    fresh.cookies.set("dvara_session", before)
    answer = fresh.get(f"{rp1.gateway.url}/authorize", params=rp1.request(prompt="none"),
                       allow_redirects=False, timeout=20)
    assert query_of(answer)["error"] == "login_required"
    fresh.cookies.set("dvara_session", after)
    answer = fresh.get(f"{rp1.gateway.url}/authorize", params=rp1.request(prompt="none"),
                       allow_redirects=False, timeout=20)
    assert "code" in query_of(answer)


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.test", "Sec_Fetch_Site": "cross-site"},
    {"Origin": "https://evil.test", "Sec_Fetch_Site": None},
    {"Sec_Fetch_Site": "cross-site"},
    {"Origin": None, "Sec_Fetch_Site": None}])
def test_a34_login_by_a_form_of_somebody_else(rp1, browser, headers):
    page = Page(browser.get(rp1.authorize(browser).headers["Location"]).text)
    form = page.form_of("login-test")
    fields = form.fields + [("persona", "sophea")]
    assert browser.post(form.action, fields, **headers).status_code == 403
    assert browser.cookie("dvara_session") is None
    assert browser.post(form.action, [("persona", "sophea")]).status_code == 403
    assert browser.post(form.action, [("csrf", "x" * 86), ("persona", "sophea")]).status_code == 403
    assert browser.post(form.action, fields).status_code == 303


def test_a34_login_in_another_browser(rp1, browser, other_browser):
    page = Page(browser.get(rp1.authorize(browser).headers["Location"]).text)
    form = page.form_of("login-test")
    rp1.authorize(other_browser)  # it has a cookie of its own
    answer = other_browser.post(form.action, form.fields + [("persona", "sophea")])
    assert answer.status_code in (400, 403)
    assert other_browser.cookie("dvara_session") is None


def test_a35_post_login_answers_303(rp1, browser):
    page = Page(browser.get(rp1.authorize(browser).headers["Location"]).text)
    assert browser.sign_in(page, "sophea").status_code == 303


def test_a37_headers_of_pages(rp1, browser):
    answer = rp1.authorize(browser)
    login = browser.get(answer.headers["Location"])
    error = rp1.authorize(browser, redirect_uri="https://evil.test/")
    for page in (login, error):
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in page.headers["Cache-Control"]


def test_a37_a_form_of_a_login_may_end_at_the_client(rp1, browser):
    """Where consent is remembered: redirects after a form are held against form-action too."""
    login = browser.get(rp1.authorize(browser).headers["Location"])
    assert "form-action 'self' https://rp1.test" in login.headers["Content-Security-Policy"]


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "{{71993*65537}}", "%n%s%x"])
def test_a38_inert(gateway, rp1, browser, text):
    answer = rp1.authorize(browser, login_hint=text, ui_locales=text, error=text)
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "4718205241" not in page.text
    assert requests.get(gateway.url + "/.well-known/openid-configuration", timeout=20).ok


def test_a40_twenty_thousand_scopes(rp1, browser):
    rp1.sent = rp1.request(scope="openid " + " ".join(f"s{n}" for n in range(20000)))
    began_s = rp1.gateway.cpu_s()
    assert browser.post("/authorize", rp1.sent).status_code == 413
    rp1.sent = rp1.request(scope="openid " + " ".join(f"s{n}" for n in range(5000)))
    assert_red(rp1, posted(browser, rp1.sent), "invalid_scope")
    assert rp1.gateway.cpu_s() - began_s < 1


def test_a42_no_cors(gateway, rp1):
    for method in ("OPTIONS", "GET"):
        answer = requests.request(
            method, f"{gateway.url}/authorize", params=rp1.request(), allow_redirects=False,
            timeout=20, headers={"Origin": "https://rp1.test",
                                "Access-Control-Request-Method": "GET"})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_post_works_as_get(rp1, browser):
    rp1.sent = rp1.request()
    answer = posted(browser, rp1.sent, Origin=None, Sec_Fetch_Site=None)
    assert_login(answer)
    assert "code" in query_of(browser.walk(answer))


def test_a_form_of_another_site_comes_without_cookies(gateway, rp1, browser):
    """SameSite=Lax: it is sent round by GET, which brings them; session and open tabs live on."""
    rp1.sign_in(browser)
    page = browser.get(rp1.authorize(browser, prompt="login").headers["Location"])
    tab = Page(page.text)
    cookies = {name: browser.cookie(name) for name in ("dvara_browser", "dvara_session")}
    rp1.sent = rp1.request(state="a+b %26 \u00e9")
    answer = requests.post(f"{gateway.url}/authorize", data=rp1.sent, allow_redirects=False,
                           timeout=20, headers={"Origin": "https://rp1.test",
                                               "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303 and "Set-Cookie" not in answer.headers
    assert answer.headers["Location"].startswith("/authorize?")
    answer = browser.get(answer.headers["Location"])
    assert query_of(answer)["state"] == rp1.sent["state"] and "code" in query_of(answer)
    assert "code" in query_of(browser.walk(browser.sign_in(tab, "sophea")))
    assert browser.cookie("dvara_browser") == cookies["dvara_browser"]
    # With the cookie there is nothing to go round for; what is too long for it goes on as it is.
    assert "code" in query_of(browser.post("/authorize", rp1.sent))
    long = rp1.request(unknown="x" * 7000)
    answer = requests.post(f"{gateway.url}/authorize", data=long, allow_redirects=False, timeout=20)
    assert_login(answer)


@pytest.mark.parametrize("name", ["prompt", "max_age", "claims", "id_token_hint", "request",
                                  "resource", "acr_values", "login_hint", "nonce"])
def test_a_parameter_without_a_value_is_none(rp1, browser, name):
    assert_login(rp1.authorize(browser, **{name: ""}))


def test_unknown_parameters_are_ignored(rp1, browser):
    assert_login(rp1.authorize(browser, extra="foobar", client_name="x"))


def test_scopes_in_any_order(rp1, browser):
    assert "code" in query_of(rp1.sign_in(browser, scope="email openid profile"))


def test_ui_locales(rp1, browser):
    answer = rp1.authorize(browser, ui_locales="fr km")
    assert 'lang="fr"' in browser.get(answer.headers["Location"]).text


def test_deny_is_access_denied(rp1, browser):
    answer = rp1.sign_in(browser, persona="alex", allow=False)
    assert_red(rp1, answer, "access_denied")
    assert_red(rp1, rp1.authorize(browser, prompt="none"), "consent_required")


@pytest.mark.parametrize("persona", ["sidi", "dara"])
def test_the_dead_and_the_blocked_do_not_sign_in(rp1, browser, persona):
    answer = rp1.sign_in(browser, persona=persona)
    assert answer.status_code == 403
    page = Page(answer.text)
    back = next(link for link in page.links if link and "/authorize/continue" in link)
    assert_red(rp1, browser.get(back), "access_denied")


def test_continue_is_taken_once(rp1, browser):
    answer = rp1.authorize(browser)
    tx = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["tx"][0]
    assert "code" in query_of(browser.walk(answer))
    assert_page(browser.get("/authorize/continue", params={"tx": tx}))


def test_continue_in_another_browser(rp1, browser, other_browser):
    answer = rp1.authorize(browser)
    tx = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["tx"][0]
    assert_page(other_browser.get("/authorize/continue", params={"tx": tx}))
    rp1.authorize(other_browser)
    assert_page(other_browser.get("/authorize/continue", params={"tx": tx}))
    assert browser.get("/authorize/continue", params={"tx": tx}).status_code == 303


@pytest.mark.parametrize("tx", ["", "nope", "a" * 43, "x" * 5000, None])
def test_continue_with_a_transaction_that_is_none(rp1, browser, tx):
    rp1.authorize(browser)
    assert_page(browser.get("/authorize/continue", params={"tx": tx} if tx is not None else {}))
