# SPDX-License-Identifier: Apache-2.0
"""Cases S06 and S21: the person's own page.  Where they are signed in, the end of it, and nobody
else's."""

import json
import re
import time

import pytest
import requests

from browser import Browser, Page
from gateway import ROOT, Gateway
from logout_receiver import Receiver
from relying_party import query_of
from test_backchannel import listener, until


@pytest.fixture(scope="module")
def receiver():
    here = Receiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("account"), {"outbound.allow": "127.0.0.1"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway, receiver):
    return listener(gateway, receiver, "citizen")


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


@pytest.fixture
def other_browser(gateway):
    return Browser(gateway)


def enter(browser, persona):
    """From nothing to the page, as a person does; without a relying party."""
    answer = browser.get("/account")
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
        if "login-test" in Page(answer.text).ids:
            answer = browser.sign_in(Page(answer.text), persona)
    assert answer.status_code == 200 and "sessions" in Page(answer.text).ids, answer.text
    return answer


def here(browser):
    """The page of the sign-ins: all of them, and who was told of the end of one."""
    answer = browser.get("/account/sessions")
    assert answer.status_code == 200, answer.status_code
    return answer


def others(answer):
    """The buttons that end the other sessions: their values."""
    return re.findall(r'name="session" value="([^"]*)"', answer.text)


def csrf(answer):
    return dict(Page(answer.text).forms[-1].fields)["csrf"]


def is_signed_in(party, browser):
    return query_of(party.authorize(browser, prompt="none")).get("error") != "login_required"


def test_it_asks_who_is_there(gateway, browser):
    answer = browser.get("/account")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?tx=")
    chooser = browser.get(answer.headers["Location"])
    assert "Sign in to <bdi>Dvara</bdi>" in chooser.text
    answer = browser.sign_in(Page(chooser.text), "sophea")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    page = browser.get("/account")
    assert page.headers["Cache-Control"] == "no-store" and not others(page)
    assert "logout-here" in Page(page.text).ids and "Test sign-in" in page.text
    # The transaction is used up, and no client's.
    tx = chooser.url.split("tx=")[1]
    assert browser.get(f"/login?tx={tx}").status_code == 400
    assert browser.get(f"/authorize/continue?tx={tx}").status_code == 400


def test_turning_back(browser):
    chooser = Page(browser.get(browser.get("/account").headers["Location"]).text)
    form = next(form for form in chooser.forms if form.action.startswith("/login/cancel"))
    answer = browser.post(form.action, form.fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/end_session")
    assert "You are signed out" in browser.get("/end_session").text


def test_who_may_not_sign_in(gateway, browser):
    chooser = Page(browser.get(browser.get("/account").headers["Location"]).text)
    answer = browser.sign_in(chooser, "sidi")
    assert answer.status_code == 403 and "/end_session" in Page(answer.text).links


def test_a_session_of_a_client_is_good_here_and_the_other_way_round(rp, browser):
    rp.tokens(browser, persona="sophea")
    assert here(browser)
    other = Browser(browser.gateway)
    enter(other, "sophea")
    assert is_signed_in(rp, other)


def test_s21_one_other_session(gateway, receiver, rp, browser, other_browser):
    mine = rp.tokens(browser, persona="vannak")
    theirs = rp.tokens(other_browser, persona="vannak")
    page = here(browser)
    assert len(others(page)) == 1
    before = len(receiver.tokens("/citizen"))
    answer = browser.post("/account/sessions/end",
                          {"csrf": csrf(page), "session": others(page)[0]})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sessions")
    assert not is_signed_in(rp, other_browser) and is_signed_in(rp, browser)
    assert rp.userinfo(theirs["access_token"]).status_code == 401
    assert rp.userinfo(mine["access_token"]).status_code == 200
    assert len(receiver.wait("/citizen", before + 1)) == before + 1
    page = here(browser)
    assert not others(page) and "The service knows." in page.text and "CITIZEN" in page.text


def test_s21_everywhere(gateway, receiver, rp, browser, other_browser):
    """At both processes within a second."""
    tokens = [rp.tokens(one, persona="claire") for one in (browser, other_browser)]
    page = here(browser)
    before = len(receiver.tokens("/citizen"))
    with gateway.second() as second:
        answer = browser.post("/account/sessions/end-all", {"csrf": csrf(page)})
        assert answer.status_code == 200 and "You are signed out" in answer.text
        time.sleep(1)
        for token in tokens:
            there = requests.get(f"{second.url}/userinfo", timeout=20, headers={
                "Authorization": f"Bearer {token['access_token']}",
                "Host": f"127.0.0.1:{gateway.port}"})
            assert there.status_code == 401
    assert browser.cookie("dvara_session") is None
    for one, token in zip((browser, other_browser), tokens):
        assert not is_signed_in(rp, one)
        assert rp.userinfo(token["access_token"]).status_code == 401
    receiver.wait("/citizen", before + 2)
    assert browser.get("/account").headers["Location"].startswith("/login?tx=")
    assert sum(row["event"] == "session.ended" and row["detail"]["why"] == "signed out everywhere"
               for row in gateway.audit()) == 2
    enter(browser, "claire")


def test_more_sessions_than_a_page(gateway, browser):
    """A hundred on a page, the way to the others, and any of them can be ended."""
    oldest = Browser(gateway)
    enter(oldest, "mariem")
    time.sleep(1.1)  # a page begins with the newest; this one is at the end
    for _ in range(100):
        enter(Browser(gateway), "mariem")
    enter(browser, "mariem")
    first = here(browser)
    link = Page(first.text).ids["sessions-more"]["href"]
    second = browser.get(link)
    assert "sessions-more" not in Page(second.text).ids
    before = set(others(first))
    last = [one for one in others(second) if one not in before][-1]
    browser.post("/account/sessions/end", {"csrf": csrf(second), "session": last})
    assert oldest.get("/account").status_code == 303 and browser.get("/account").status_code == 200
    for odd in ("x", "-1", "99999999999999999999", "1e3"):
        assert Page(browser.get(f"/account/sessions?from={odd}").text).ids["sessions-more"]
    assert browser.get("/account/sessions?from=5000").status_code == 200
    browser.post("/account/sessions/end-all", {"csrf": csrf(first)})
    assert browser.get("/account").status_code == 303


def test_what_became_of_telling(gateway, receiver, browser):
    receiver.answers["/mute"] = 500
    party = listener(gateway, receiver, "mute")
    party.tokens(browser, persona="bopha")
    browser.post("/account/sessions/end-all", {"csrf": csrf(here(browser))})
    until(lambda: gateway.sql("SELECT 1 FROM outbox WHERE client_id = 'mute'"
                              " AND result IS NOT NULL"))
    enter(browser, "bopha")
    page = here(browser)
    assert "MUTE" in page.text and "The service has not answered yet. We try again." in page.text
    receiver.answers["/mute"] = 200
    with gateway.clock(7):
        until(lambda: gateway.sql("SELECT 1 FROM outbox WHERE client_id = 'mute'"
                                  " AND state = 'delivered'"))
    assert "The service knows." in here(browser).text
    # The twin: it is theirs alone.
    other = Browser(gateway)
    enter(other, "alex")
    assert "MUTE" not in here(other).text


@pytest.mark.parametrize("which", ["bob's", "ended", "none", "empty", "..", "nearly", "long"])
def test_s06_another_person_s_session(gateway, rp, browser, other_browser, which):
    enter(other_browser, "khamla")
    enter(Browser(gateway), "noy")  # so that noy has two
    enter(browser, "noy")
    third = Browser(gateway)
    enter(third, "khamla")
    bobs = others(here(third))[0]
    page = here(browser)
    mine = others(page)[0]
    value = {"bob's": bobs, "ended": "0" * 22, "none": None, "empty": "", "..": "../" + mine,
             "nearly": mine[:-1] + ("A" if mine[-1] != "A" else "B"), "long": "x" * 5000}[which]
    fields = {"csrf": csrf(page), "session": value, "user": "khamla", "person_id": "khamla"}
    before = len([row for row in gateway.audit() if row["event"] == "account.refused"])
    answer = browser.post("/account/sessions/end",
                          {name: text for name, text in fields.items() if text is not None})
    assert answer.status_code == 404 and "error-code" in Page(answer.text).ids
    assert len([row for row in gateway.audit() if row["event"] == "account.refused"]) == before + 1
    assert is_signed_in(rp, other_browser) and is_signed_in(rp, third)
    assert browser.get("/account?user=khamla&person_id=khamla").status_code == 200
    assert bobs not in browser.get("/account?user=khamla").text
    # The twin.
    answer = browser.post("/account/sessions/end", {"csrf": csrf(page), "session": mine})
    assert answer.status_code == 303
    for one in (browser, other_browser, third):
        browser.gateway.dvara("session", "end", "khamla")
        browser.gateway.dvara("session", "end", "noy")


@pytest.mark.parametrize("path", ["/account/sessions/end", "/account/sessions/end-all"])
def test_forms_are_this_session_s(gateway, rp, browser, other_browser, path):
    enter(other_browser, "yusuf")
    enter(browser, "yusuf")
    page = here(browser)
    fields = {"csrf": csrf(page), "session": others(page)[0]}
    for headers in ({"Origin": "https://evil.test"}, {"Sec_Fetch_Site": "cross-site"},
                    {"Origin": None, "Sec_Fetch_Site": None}):
        assert browser.post(path, fields, **headers).status_code == 403
    assert browser.post(path, {**fields, "csrf": csrf(here(other_browser))}).status_code == 403
    assert browser.post(path, {"session": fields["session"]}).status_code == 403
    assert browser.get(path).status_code == 405
    assert is_signed_in(rp, browser) and is_signed_in(rp, other_browser)
    # A form of an earlier session of this browser.
    stale = dict(browser.http.cookies)
    browser.http.cookies.pop("dvara_session")
    enter(browser, "yusuf")
    assert browser.post(path, fields).status_code == 403
    assert stale["dvara_session"] != browser.cookie("dvara_session")
    # Nobody signed in: a login first, and nothing done.
    browser.http.cookies.pop("dvara_session")
    answer = browser.post(path, fields)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?tx=")
    assert is_signed_in(rp, other_browser)
    gateway.dvara("session", "end", "yusuf")


def test_in_their_language(gateway, browser):
    enter(browser, "sophea")
    for code, direction in (("km", "ltr"), ("ar", "rtl"), ("lo", "ltr"), ("fr", "ltr")):
        page = browser.get("/account", params={"lang": code})
        assert f'<html lang="{code}" dir="{direction}"' in page.text
        assert "untranslated" not in page.text.split("</style>")[1]
