# SPDX-License-Identifier: Apache-2.0
"""The head of a children's home: hundreds of wards, half of them grown up since, each with as much in
the register as an entry may have."""

import json
import re
import time

import pytest

from browser import Browser
from gateway import ROOT, Gateway
from register_server import Register
from test_account_sharing import enter

N_EACH = 130
NAME = "\u1780\u17d2\u179a\u17bb\u17c7\u17b6\u17c6 " * 40  # stacked signs, as long as it gets


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("wards")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def people(year, n_each=N_EACH):
    return [{"register_key": f"W-{year}-{n:04d}", "life": "active", "guardians": ["P-100001"],
             "claims": {"name": f"{NAME}{n}", "birthdate": f"{year}-01-01", "note": "x" * 20000}}
            for n in range(n_each)]


def applied(gateway, entries):
    """In files of less than a mebibyte."""
    for at in range(0, len(entries), 35):
        gateway.apply("person", entries[at:at + 35])


def children(page):
    assert page.status_code == 200, page.text
    return re.search(r'id="children".*?</ul>', page.text, re.S).group(0)


def test_all_children_are_there_and_nobody_else(gateway):
    this_year = time.gmtime().tm_year
    grown, young = people(this_year - 40), people(this_year - 9)
    applied(gateway, grown + young)
    browser = Browser(gateway)
    page = enter(browser, "sophea")
    listed = children(page)
    links = re.findall(r'href="(/account\?of=[^"]+)"', listed)
    assert len(set(links)) == N_EACH + 1  # and her own Bopha
    assert listed.count(NAME.strip()) == N_EACH
    for link in (links[0], links[-1]):
        assert "You look after" in browser.get(link).text
    # the day that one has grown up, the address that was good is good no more
    applied(gateway, [{**one, "claims": {**one["claims"], "birthdate": "1990"}} for one in young])
    assert browser.get(links[-1]).status_code == 404
    again = browser.get("/account").text
    assert len(set(re.findall(r'href="/account\?of=([^"]+)"', again))) == 1


N_ELSEWHERE = 8


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """What tells names."""
    with Register(tmp_path_factory.mktemp("office"), "office") as running:
        yield running


@pytest.fixture(scope="module")
def visit(tmp_path_factory, office):
    """Somebody who looks after eight children, and each one's address."""
    folder = tmp_path_factory.mktemp("elsewhere")
    files = folder / "sources"
    files.mkdir()
    office.write(files, claims={"name": "full"}, timeout_ms=3000)
    with Gateway(folder, {"sources.folder": files, "outbound.allow": "127.0.0.1"}) as running:
        personas = json.loads((ROOT / "conf/demo/personas.json").read_text())
        running.apply("person", [{**one, "guardians": []} for one in personas])
        wards = people(time.gmtime().tm_year - 9, N_ELSEWHERE)
        applied(running, wards)
        office.keys_url = f"{running.url}/jwks"
        office.people.update({one["register_key"]: {"full": "Little One"} for one in wards})
        browser = Browser(running)
        enter(browser, "sophea")
        yield browser


@pytest.fixture
def honest(office):
    office.reset()
    as_of = office.as_of
    del office.asked[:]
    yield
    office.reset()
    office.as_of = as_of
    assert not office.refused


def names(page):
    """How many have their name, and how many have none now."""
    listed = children(page)
    assert len(set(re.findall(r'href="(/account\?of=[^"]+)"', listed))) == N_ELSEWHERE
    return listed.count("Little One"), listed.count("…")


def test_names_from_an_office(visit, office, honest):
    assert names(visit.get("/account")) == (N_ELSEWHERE, 0)
    assert len(office.asked) == N_ELSEWHERE


def test_an_office_that_is_away_is_asked_once(visit, office, honest):
    office.hold()
    assert names(visit.get("/account")) == (0, N_ELSEWHERE)
    assert len(office.asked) == 1


def test_a_childs_page_while_the_office_is_away(visit, office, honest):
    link = re.search(r'href="(/account\?of=[^"]+)"', children(visit.get("/account"))).group(1)
    office.status, office.body = 503, b""
    page = visit.get(link)
    assert page.status_code == 200 and "You look after" in page.text


def test_an_office_that_is_slow_is_asked_no_more_then(visit, office, honest):
    now = office.as_of
    office.as_of = lambda: time.sleep(1) or now()
    known, unknown = names(visit.get("/account"))
    assert 1 <= known < N_ELSEWHERE and known + unknown == N_ELSEWHERE
    assert len(office.asked) == known
