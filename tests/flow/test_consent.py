# SPDX-License-Identifier: Apache-2.0
"""Cases S01 to S05: the consent page, and when the person is asked again."""

import concurrent.futures
import json
import re
import subprocess
import time

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from relying_party import query_of


def consents(gateway):
    return gateway.sql("SELECT count(*) FROM consent")[0][0]


def codes(gateway):
    return gateway.sql("SELECT count(*) FROM audit WHERE event = 'code'")[0][0]


class Asked:
    """A person before the consent page."""

    def __init__(self, rp, browser, **changes):
        self.rp, self.browser = rp, browser
        answer = rp.authorize(browser, **{"scope": "openid profile", "prompt": "consent", **changes})
        while answer.status_code == 303 and "/consent" not in answer.headers["Location"]:
            answer = browser.get(answer.headers["Location"])
            form = Page(answer.text).form_of("login-test") if answer.status_code == 200 else None
            if form is not None:
                answer = browser.sign_in(Page(answer.text), "sophea")
        self.location = answer.headers["Location"]
        self.answer = browser.get(self.location)
        assert self.answer.status_code == 200, self.answer.text
        self.form = Page(self.answer.text).form_of("consent")

    def press(self, decision="allow", fields=None, **headers):
        return self.browser.post(
            self.form.action, (fields or self.form.fields) + [("decision", decision)], **headers)

    def succeeds(self):
        back = self.browser.walk(self.press())
        assert "code" in query_of(back), back.text


def changed(*words, **metadata):
    """A client applied anew; every process sees it within a second."""
    rp = client(*words, **metadata)
    time.sleep(1.1)
    return rp


@pytest.fixture
def asked(rp1, browser):
    return Asked(rp1, browser)


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.test"}, {"Origin": "https://evil.test", "Sec_Fetch_Site": None},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
    {"Origin": "null", "Sec_Fetch_Site": "cross-site"}])
def test_s01_from_elsewhere(gateway, asked, headers):
    before = consents(gateway), codes(gateway)
    assert asked.press(**headers).status_code == 403
    assert (consents(gateway), codes(gateway)) == before
    asked.succeeds()


def test_s01_without_our_token(gateway, asked, rp1, other_browser):
    before = consents(gateway), codes(gateway)
    others = Asked(rp1, other_browser).form.fields
    for fields in ([], [("csrf", "")], [("csrf", "x" * 86)], others):
        assert asked.press(fields=fields or [("x", "y")]).status_code == 403
    assert (consents(gateway), codes(gateway)) == before
    asked.succeeds()


def test_s01_by_get_nothing_is_decided(gateway, asked):
    before = consents(gateway), codes(gateway)
    answer = asked.browser.get(asked.form.action + "&decision=allow")
    assert answer.status_code in (200, 400)
    wrong = asked.browser.http.put(gateway.url + asked.form.action, timeout=20)
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    assert (consents(gateway), codes(gateway)) == before
    asked.succeeds()


def test_s01_in_another_browser(gateway, asked, other_browser):
    before = consents(gateway)
    assert other_browser.get(asked.location).status_code == 400
    answer = other_browser.post(asked.form.action, asked.form.fields + [("decision", "allow")])
    assert answer.status_code in (400, 403)
    assert consents(gateway) == before
    asked.succeeds()


def test_s02_the_same_form_twice(gateway, asked):
    before = consents(gateway), codes(gateway)
    first = asked.press()
    again = asked.press()
    assert first.status_code == 303 and again.status_code == 400
    assert "code" in query_of(asked.browser.walk(first))
    assert asked.press().status_code == 400
    assert consents(gateway) == before[0] + 1 and codes(gateway) == before[1] + 1


def test_s02_sixteen_at_once(gateway, asked):
    before = consents(gateway), codes(gateway)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: asked.press(), range(16)))
    good = [answer for answer in answers if answer.status_code == 303]
    assert len(good) == 1 and {answer.status_code for answer in answers} <= {303, 400, 409}
    assert "code" in query_of(asked.browser.walk(good[0]))
    assert consents(gateway) == before[0] + 1 and codes(gateway) == before[1] + 1


def test_s02_no_stays_no(gateway, asked, rp1, browser):
    before = consents(gateway)
    denied = asked.press("deny")
    assert asked.press("allow").status_code == 400
    assert query_of(asked.browser.walk(denied))["error"] == "access_denied"
    assert consents(gateway) == before
    Asked(rp1, browser).succeeds()


@pytest.mark.parametrize("decision", ["", "ALLOW", "allow\u0000", "yes"])
def test_s02_words_that_decide_nothing(gateway, asked, decision):
    before = consents(gateway)
    assert asked.press(decision).status_code == 400
    assert consents(gateway) == before
    asked.succeeds()


def test_s02_what_was_not_on_the_page_is_not_allowed(gateway, asked):
    back = asked.press(fields=asked.form.fields + [("claim", "national_id"), ("claim", "email")])
    code = query_of(asked.browser.walk(back))["code"]
    tokens = asked.rp.token(code).json()
    told = asked.rp.userinfo(tokens["access_token"]).json()
    assert set(told) <= {"sub", "name"}, told


@pytest.mark.parametrize("name", [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "{{7*7}}{name}%n%s",
    "\u0421\u0435rtified Ministry"])
def test_s04_names_are_inert(gateway, browser, name):
    rp = changed(gateway, "named", jwt_tools.ec_key(), client_name=name,
                logo_uri="http://127.0.0.1:1/logo.png")
    page = Asked(rp, browser).answer
    assert "<script>alert" not in page.text and "<img src=x" not in page.text
    assert "{{7*7}}" in page.text or "7*7" not in name
    assert ":1/logo" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"img-src[^;]*http", policy)


@pytest.mark.parametrize("name", ["Ministry \u202egnp.exe", "x" * 10240, "a\nb", "a\u0000b"])
def test_s04_names_that_are_refused_or_tamed(gateway, browser, name):
    path = gateway.folder / "named.json"
    path.write_text(json.dumps({"client_id": "tamed", "client_name": name,
                                "redirect_uris": ["https://tamed.test/cb"]}))
    done = subprocess.run([gateway.bin / "dvara", "client", "apply", path, "--config",
                           gateway.config, "--json"], capture_output=True, text=True,
                          env=gateway.environment(), timeout=60, check=False)
    assert done.returncode in (0, 1), done.stderr
    if done.returncode == 0:
        page = Browser(gateway).get("/authorize", params={
            "client_id": "tamed", "redirect_uri": "https://tamed.test/cb",
            "response_type": "code", "scope": "openid", "code_challenge": "A" * 43,
            "code_challenge_method": "S256"})
        page = Browser(gateway).get(page.headers["Location"])
        assert "\u202e" not in page.text and "x" * 500 not in page.text


def none(rp, browser, **changes):
    return query_of(rp.authorize(browser, **{"prompt": "none", **changes}))


def test_s05_the_address_changed(gateway, browser):
    key = jwt_tools.ec_key()
    rp = client(gateway, "moving", key)
    rp.tokens(browser, scope="openid profile")
    rp = changed(gateway, "moving", key, redirect_uris=["https://elsewhere.test/cb"])
    assert none(rp, browser, scope="openid profile")["error"] == "consent_required"
    rp.tokens(browser, scope="openid profile")
    assert "code" in none(rp, browser, scope="openid profile")


def test_s07_a_consent_is_withdrawn(gateway, browser):
    rp = client(gateway, "leaving", jwt_tools.ec_key())
    tokens = rp.tokens(browser, scope="openid profile")
    assert rp.userinfo(tokens["access_token"]).status_code == 200
    row = gateway.sql("SELECT id FROM consent WHERE client_id = 'leaving' AND ended_s = 0")[0][0]
    gateway.dvara("consent", "withdraw", row)
    time.sleep(1)
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert gateway.sql("SELECT count(*) FROM consent WHERE id = ?", row)[0][0] == 1
    assert none(rp, browser, scope="openid profile")["error"] == "consent_required"
    rp.tokens(browser, scope="openid profile")


NEEDY = {"register_key": "T-41", "short_name": "quiet", "claims": {"name": "Quiet"}}


def needy(gateway, name, browser):
    """A client that cannot do without what is not known, and its page for this person."""
    party = client(gateway, name, scope="openid phone", dvara_purposes=[{
        "id": "main", "why": {"en": "to call"}, "claims": [
            {"name": "phone_number", "essential": True, "why": {"en": "to call"}}]}])
    gateway.apply("person", [NEEDY])
    target = party.authorize(browser, scope="openid phone").headers["Location"]
    onward = browser.sign_in(Page(browser.get(target).text), "quiet").headers["Location"]
    return party, browser.get(onward).headers["Location"]


def denials(gateway, name):
    return [row["event"] for row in gateway.audit()
            if row.get("client_id") == name].count("consent.denied")


def test_what_is_lacking_is_told_to_the_client(gateway, browser):
    """An essential claim that the register does not know ends the way, not the session; and not by
    a look at the page, which a browser may take ahead of the person."""
    party, address = needy(gateway, "needy", browser)
    for _ in range(2):
        text = browser.get(address).text
        page = Page(text)
        assert {"missing", "deny"} <= page.ids.keys() and "allow" not in page.ids
        assert "Phone" in text and "Go back to" in text
    assert denials(gateway, "needy") == 0
    assert browser.decide(page, True, ()).status_code == 200  # there is nothing to allow
    assert denials(gateway, "needy") == 0
    decided = browser.decide(page, False, ())
    assert denials(gateway, "needy") == 1
    assert query_of(browser.walk(decided))["error"] == "access_denied"
    assert browser.get(address).status_code == 400
    gateway.apply("person", [{**NEEDY, "claims": {"name": "Quiet", "phone_number": "+855 12 345"}}])
    assert "code" in query_of(browser.walk(party.authorize(browser, scope="openid phone")))


def test_what_is_lacking_is_said_in_each_language(gateway, browser):
    titles = set()
    _, address = needy(gateway, "needy5", browser)
    for language in ("en", "km", "lo", "fr", "ar"):
        answer = browser.get(address, headers={"Accept-Language": language})
        assert f'<html lang="{language}"' in answer.text and 'class="untranslated"' not in answer.text
        assert "NEEDY5" in answer.text.split('id="deny"')[1].split("</button>")[0]
        titles.add(answer.text.split("<h1>")[1].split("</h1>")[0])
    assert len(titles) == 5


def test_what_the_client_says_of_itself(gateway, browser):
    """policy_uri and tos_uri, in the person's language; https alone, and as text of the page."""
    hostile = "https://linked.test/p?a=1&b=%22%3E"
    links = {"policy_uri": hostile, "policy_uri#fr": "https://linked.test/vie-privee",
             "tos_uri": "https://other.test/terms"}
    page = Page(Asked(client(gateway, "linked", **links), browser).answer.text)
    assert page.ids["client-policy"]["href"] == hostile
    for name in ("client-policy", "client-terms"):
        assert page.ids[name]["target"] == "_blank"
        assert page.ids[name]["rel"] == "noopener noreferrer"
    page = Page(Asked(client(gateway, "linked2", **links), browser, ui_locales="fr").answer.text)
    assert page.ids["client-policy"]["href"] == "https://linked.test/vie-privee"
    assert page.ids["client-terms"]["href"] == "https://other.test/terms"
    plain = client(gateway, "linked3", policy_uri="http://127.0.0.1/policy")
    page = Page(Asked(plain, browser).answer.text)
    assert "client-policy" not in page.ids and "client-terms" not in page.ids
