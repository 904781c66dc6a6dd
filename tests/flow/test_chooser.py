# SPDX-License-Identifier: Apache-2.0
"""The chooser: ways by where they are used, the last one taken, and what there is without a smartphone."""

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from test_wallet import PERSONAS, Login, authority, issuer, wallet_settings  # noqa: F401

COUNTER = "Identity office, Street 240; telephone 1234"


@pytest.fixture(scope="module")
def vp_gateway(tmp_path_factory, authority):  # noqa: F811
    folder = tmp_path_factory.mktemp("chooser")
    settings = {**wallet_settings(folder, authority), "login.counter": COUNTER,
                "login.counter_url": "https://id.test/counters"}
    with Gateway(folder, settings) as running:
        running.apply("person", PERSONAS)
        yield running


@pytest.fixture(scope="module")
def rp(vp_gateway):
    return client(vp_gateway, "chooser-rp", jwt_tools.ec_key())


def chooser(browser, rp):
    return Page(browser.get(rp.authorize(browser).headers["Location"]).text)


def order(page):
    return [one for one in page.ids if one in
            ("login-wallet", "login-wallet-other", "login-help", "login-forget")]


def test_ways_stand_by_the_device(vp_gateway, rp):
    page = chooser(Browser(vp_gateway), rp)
    assert order(page) == ["login-wallet", "login-wallet-other", "login-help"]
    assert page.ids["login-wallet-other"]["href"].endswith("&on=other")


def test_the_way_taken_is_remembered_and_forgotten(vp_gateway, rp, issuer):  # noqa: F811
    login = Login(vp_gateway, rp, issuer)
    login.succeeds()
    kept = login.browser.cookie("dvara_way")
    assert kept == "wallet"  # nothing about who it was
    login.browser.http.cookies.set("dvara_session", None)
    page = chooser(login.browser, rp)
    assert order(page) == ["login-wallet", "login-forget", "login-wallet-other", "login-help"]
    forgot = Page(login.browser.get(page.ids["login-forget"]["href"]).text)
    assert order(forgot) == ["login-wallet", "login-wallet-other", "login-help"]
    assert not login.browser.cookie("dvara_way")


def test_a_remembered_way_that_is_not_there_changes_nothing(vp_gateway, rp):
    browser = Browser(vp_gateway)
    browser.http.cookies.set("dvara_way", "upstream-<b>gone")
    assert order(chooser(browser, rp)) == ["login-wallet", "login-wallet-other", "login-help"]


@pytest.mark.parametrize("way", [None, "login-wallet", "login-wallet-other", "login-help"])
def test_the_service_is_named_in_the_language_of_the_page(vp_gateway, way):
    shop = client(vp_gateway, "shop", jwt_tools.ec_key(), **{"client_name#fr": "Boutique"})
    browser = Browser(vp_gateway)
    browser.http.headers["Accept-Language"] = "fr"
    address = shop.authorize(browser).headers["Location"]
    if way:
        address = Page(browser.get(address).text).ids[way]["href"]
    text = browser.get(address).text
    assert "Boutique" in text and "SHOP" not in text


def test_a_refusal_names_the_service_in_the_language_of_the_page(vp_gateway):
    shop = client(vp_gateway, "refused", jwt_tools.ec_key(), **{"client_name#fr": "Boutique"})
    browser = Browser(vp_gateway)
    browser.http.headers["Accept-Language"] = "fr"
    page = Page(browser.get(shop.authorize(browser).headers["Location"]).text)
    text = browser.sign_in(page, "sidi").text
    assert "Boutique" in text and "REFUSED" not in text


def test_the_app_can_name_the_service(vp_gateway, issuer):  # noqa: F811
    shop = client(vp_gateway, "named", jwt_tools.ec_key(), **{"client_name#fr": "Boutique"})
    login = Login(vp_gateway, shop, issuer)
    metadata = login.wallet.request(login.link)["client_metadata"]
    assert metadata["client_name"] == metadata["client_name#en"] == "NAMED"
    assert metadata["client_name#fr"] == "Boutique"
    browser = Browser(vp_gateway)  # a page of our own
    page = Page(browser.get(browser.get("/account").headers["Location"]).text)
    login.browser = browser
    login.show(browser.get(page.ids["login-wallet"]["href"]))
    own = login.wallet.request(login.link)["client_metadata"]
    assert own["client_name"] and "client_name#fr" not in own


def test_without_a_smartphone(vp_gateway, rp):
    browser = Browser(vp_gateway)
    page = chooser(browser, rp)
    answer = browser.get(page.ids["login-help"]["href"])
    assert answer.status_code == 200 and COUNTER in answer.text
    page = Page(answer.text)
    assert page.ids["counter-link"]["href"] == "https://id.test/counters"
    assert order(Page(browser.get(page.ids["login-choose"]["href"]).text))
    assert Browser(vp_gateway).get("/login/help?tx=none").status_code == 400
