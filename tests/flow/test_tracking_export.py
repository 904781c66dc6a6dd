# SPDX-License-Identifier: Apache-2.0
"""What the export of application-tracking changes is told as news, of everybody who ever looked,
as the service is called; once, and never what is the same."""

import sqlite3

import pytest

from services import PERSONAS, gateway_with, shipped
from test_service_news import ID, Portal, until
from test_tracking import Country, day
from webhook_receiver import WebhookReceiver

MANY = 60  # people, more than one call compares


@pytest.fixture(scope="module")
def receiver():
    here = WebhookReceiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def country(tmp_path_factory, receiver):
    folder = tmp_path_factory.mktemp("export")
    place = shipped(folder, ID, agencies={"transport": {"name": {"en": "Transport"}}},
                    applications={"people": {}}, settings={"agencies": "agencies.json"})
    with gateway_with(folder, ID, outbound__allow="127.0.0.1",
                      services__news_per_minute="0") as running:
        running.apply("person", PERSONAS)
        country = Country(running, place)
        country.news = Portal(running, "news", receiver)
        country.news.allowed()
        country.store = lambda: sqlite3.connect(
            running.folder / f"state/services/{ID}/service.db", timeout=20)
        yield country


def application(reference, status="in_review", **more):
    return {"reference": reference, "agency": {"en": "Registry"}, "status": status,
            "updated": day(3), **more}


def heard(country, n):
    """[(news, reference)] that came to the portal since the test before, in the order of references."""
    def all_of_them():
        return [(one["news"], one.get("reference", "")) for one in country.news.heard()[country.n:]]
    until(lambda: len(all_of_them()) >= n)
    # whatever comes of a call has come, when what is told behind it has
    country.marker += 1
    assert country.transport.push(reference=f"M-{country.marker}").status_code == 201
    until(lambda: ("application.changed", f"M-{country.marker}") in all_of_them())
    found = all_of_them()
    country.n += len(found)
    return sorted(one for one in found if not one[1].startswith("M-"))


@pytest.fixture(scope="module", autouse=True)
def looked(country):
    """Sophea looked once: what the export says then is not news."""
    country.n = country.marker = 0
    country.drop([application("CR-1"), application("CR-2"), application("CR-3", "collected")])
    assert len(country.listed()) == 3
    assert heard(country, 0) == []


def test_what_changed_is_told_as_somebody_else_calls(country):
    """A reference that might say something of the person stays here."""
    country.drop([application("CR-1"), application("CR-2", "ready"), application("CR-4"),
                  application("sophea-1990-02-03")])
    assert country.listed("vannak") == []
    assert heard(country, 4) == [
        ("application.changed", ""), ("application.changed", "CR-2"),
        ("application.changed", "CR-4"), ("application.removed", "CR-3")]


def test_the_same_again_tells_nothing(country):
    country.drop([application("CR-1"), application("CR-2", "ready"), application("CR-4"),
                  application("sophea-1990-02-03")], as_of="2026-11-21T06:00:00Z")
    assert country.listed("vannak") == [] and len(country.listed()) >= 4
    assert heard(country, 0) == []


def test_who_looks_first_is_told_too(country):
    """By another portal they may not have seen it."""
    country.drop([application("CR-1", "ready")])
    assert [one["status"] for one in country.listed() if one["reference"] == "CR-1"] == ["ready"]
    assert heard(country, 4) == [
        ("application.changed", "CR-1"), ("application.removed", ""),
        ("application.removed", "CR-2"), ("application.removed", "CR-4")]


def test_what_ended_long_ago_leaves_unsaid(country):
    country.drop([application("CR-1", "ready"), application("CR-9", "collected", updated=day(200))])
    country.listed("vannak")
    country.drop([application("CR-1", "ready")])
    country.listed("vannak")
    assert heard(country, 0) == []


def test_all_who_looked_are_compared_in_parts(country):
    """More people than one call compares; sophea may be the last of them."""
    with country.store() as link:
        link.executemany("INSERT INTO copy (subject, content) VALUES (?, '{}')",
                         ((f"{n:02d}",) for n in range(MANY)))
    country.drop([application("CR-1", "rejected")])
    for _ in range(MANY // 20 + 1):
        country.listed("vannak")
    assert heard(country, 1) == [("application.changed", "CR-1")]
    with country.store() as link:
        assert link.execute("SELECT count(*) FROM copy WHERE content = '{}'").fetchone() == (0,)
