# SPDX-License-Identifier: Apache-2.0
"""The head of a children's home: hundreds of wards, half of them grown up since, each with as much in
the register as an entry may have."""

import json
import re
import time

import pytest

from browser import Browser
from gateway import ROOT, Gateway
from test_account_sharing import enter

N_EACH = 130
NAME = "\u1780\u17d2\u179a\u17bb\u17c7\u17b6\u17c6 " * 40  # stacked signs, as long as it gets


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("wards")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def people(year):
    return [{"register_key": f"W-{year}-{n:04d}", "life": "active", "guardians": ["P-100001"],
             "claims": {"name": f"{NAME}{n}", "birthdate": f"{year}-01-01", "note": "x" * 20000}}
            for n in range(N_EACH)]


def applied(gateway, entries):
    """In files of less than a mebibyte."""
    for at in range(0, len(entries), 35):
        gateway.apply("person", entries[at:at + 35])


def test_all_children_are_there_and_nobody_else(gateway):
    this_year = time.gmtime().tm_year
    grown, young = people(this_year - 40), people(this_year - 9)
    applied(gateway, grown + young)
    browser = Browser(gateway)
    page = enter(browser, "sophea")
    assert page.status_code == 200
    listed = re.search(r'id="children".*?</ul>', page.text, re.S).group(0)
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
