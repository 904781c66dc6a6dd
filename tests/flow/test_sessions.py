# SPDX-License-Identifier: Apache-2.0
"""Cases S05, S20, A41 and X20: how long a login lasts, for whom, and what it does not carry over."""

import sqlite3
import time

import pytest

import jwt_tools
from browser import Page
from conftest import client
from relying_party import query_of
from test_authorize import assert_login, assert_red


def asked(rp, browser):
    return query_of(rp.authorize(browser, prompt="none"))


def test_s20_idle_for_fifteen_minutes(gateway, rp1, browser):
    rp1.code(browser)
    for minutes in (14, 28, 42):  # each request begins the idle time anew
        with gateway.clock(minutes * 60):
            assert "code" in asked(rp1, browser)
    with gateway.clock(42 * 60 + 15 * 60 + 2):
        assert asked(rp1, browser)["error"] == "login_required"
        rp1.code(browser)
        assert "code" in asked(rp1, browser)


def test_s20_twelve_hours_in_any_case(gateway, rp1, browser):
    rp1.code(browser)
    for minutes in range(10, 12 * 60, 10):
        with gateway.clock(minutes * 60):
            assert "code" in asked(rp1, browser), minutes
    with gateway.clock(12 * 3600 + 2):
        assert asked(rp1, browser)["error"] == "login_required"


def test_s20_the_clock_steps_back(gateway, rp1, browser):
    with gateway.clock(3600):
        rp1.code(browser)
    assert asked(rp1, browser).keys() & {"code", "error"}
    assert_login(rp1.authorize(browser, prompt="login"))


def test_s20_over_a_restart(tmp_path, gateway):
    from browser import Browser
    from gateway import Gateway
    with Gateway(tmp_path) as own:
        own.apply("person", [{"register_key": "P1", "short_name": "ann", "claims": {"name": "A"}}])
        rp = client(own, "rp1", jwt_tools.ec_key())
        browser = Browser(own)
        rp.code(browser, persona="ann")
        token = rp.tokens(browser, persona="ann")["access_token"]
        own.restart()
        assert "code" in asked(rp, browser)
        assert rp.userinfo(token).status_code == 200


def test_s05_more_than_was_allowed_is_asked(rp2, browser):
    rp2.code(browser, persona="noy", scope="openid phone", claims="all")
    answer = rp2.authorize(browser, prompt="none", scope="openid phone address")
    assert_red(rp2, answer, "consent_required")
    assert "code" in query_of(rp2.authorize(browser, prompt="none", scope="openid phone"))
    assert rp2.authorize(browser, scope="openid phone address").headers["Location"].startswith(
        "/consent?tx=")


def test_s05_the_purpose_changed(gateway, browser):
    def registered(why):
        return client(gateway, "purposeful", dvara_purposes=[
            {"id": "p", "why": {"en": why}, "claims": [{"name": "name", "essential": True}]}])

    rp = registered("to know your name")
    rp.code(browser, persona="yusuf", scope="openid profile")
    assert "code" in query_of(rp.authorize(browser, prompt="none", scope="openid profile"))
    registered("to sell your name")
    time.sleep(1.2)
    answer = rp.authorize(browser, prompt="none", scope="openid profile")
    assert_red(rp, answer, "consent_required")


def test_a41_a_client_that_nobody_approved(gateway, browser):
    rp = client(gateway, "newcomer")
    database = sqlite3.connect(gateway.folder / "state/dvara.db")
    with database:
        database.execute("UPDATE client SET is_approved = 0 WHERE id = 'newcomer'")
        database.execute("UPDATE generation SET number = number + 1 WHERE kind = 'client'")
    database.close()
    time.sleep(1.2)
    answer = rp.authorize(browser, scope="bad")
    assert answer.status_code == 200 and "Location" not in answer.headers
    page = Page(answer.text)
    assert "newcomer.test" in answer.text
    assert not any("http-equiv" in part for part in answer.text.split("<meta")[1:]
                   if "refresh" in part.lower())
    assert any(link and link.startswith("https://newcomer.test/cb?") for link in page.links)
    answer = rp.authorize(browser, prompt="none")
    assert answer.status_code == 200 and "Location" not in answer.headers
    assert "code" in query_of(browser.walk(rp.authorize(browser)))  # somebody acted


def test_x20_a_step_up_by_another_person(gateway, rp1, browser):
    rp1.code(browser, persona="claire")
    before = browser.cookie("dvara_session")
    with gateway.clock(30):
        answer = rp1.authorize(browser, max_age="10")
        refused = browser.walk(answer, persona="noy")
        assert refused.status_code == 403
        back = next(link for link in Page(refused.text).links if link and "/continue" in link)
        assert_red(rp1, browser.get(back), "access_denied")
        assert browser.cookie("dvara_session") == before
        again = rp1.authorize(browser, max_age="10")
        assert "code" in query_of(browser.walk(again, persona="claire"))


def test_another_person_may_sign_in_where_a_login_is_asked_for(rp1, browser):
    one = rp1.id_token(rp1.tokens(browser, persona="claire"))
    two = rp1.id_token(rp1.tokens(browser, persona="khamla", prompt="login"))
    assert one["sub"] != two["sub"]
    assert rp1.id_token(rp1.tokens(browser))["sub"] == two["sub"]


@pytest.mark.parametrize("values, reached", [
    ("urn:dvara:loa:low", True), ("nonsense", True), ("urn:dvara:loa:low urn:x", True)])
def test_acr_values_are_a_wish(rp1, browser, values, reached):
    tokens = rp1.tokens(browser, acr_values=values)
    assert rp1.id_token(tokens)["acr"] == "urn:dvara:loa:low"
    assert ("code" in query_of(rp1.authorize(browser, acr_values=values, prompt="none"))) is reached


def test_acr_as_a_condition(rp1, browser):
    claims = '{"id_token":{"acr":{"essential":true,"values":["%s"]}}}'
    answer = rp1.authorize(browser, claims=claims % "nonsense")
    assert_red(rp1, answer, "unmet_authentication_requirements")
