# SPDX-License-Identifier: Apache-2.0
"""plugins/application-tracking against the real gateway: agencies push, a file is dropped, a person
reads one list."""

import datetime
import json
import os
import time

import pytest

import jwt_tools
from browser import Browser
from services import BACK_S, PERSONAS, Party, code_of, conversed, gateway_with, shipped

ID = "application-tracking"
AGENCIES = {"transport": {"name": {"en": "Transport", "km": "ដឹកជញ្ជូន"}},
            "registry": {"name": {"en": "Registry"}}}
NEXT = {"en": "Bring a certificate.", "km": "សូមយកវិញ្ញាបនបត្រ។"}
AS_OF = "2026-11-20T06:00:00Z"


def day(days_ago):
    """Of UTC, as the service counts."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today - datetime.timedelta(days=days_ago)).isoformat()


class Agency(Party):
    def sub(self, persona):
        """Their own name for a person, who has signed in there."""
        if ("sub", persona) not in self.known:
            tokens = self.tokens(Browser(self.gateway), persona=persona)
            self.known["sub", persona] = jwt_tools.payload_of(tokens["id_token"])["sub"]
        return self.known["sub", persona]

    def push(self, persona="sophea", **changes):
        said = {"sub": persona and self.sub(persona), "reference": "DL-1", "status": "in_review",
                "updated": day(3), "next_step": NEXT, **changes}
        return self.ask("POST", "/applications", self.own(), {
            name: value for name, value in said.items() if value is not None})


class Country:
    def __init__(self, gateway, place):
        self.gateway, self.export = gateway, place / "applications.json"
        self.transport, self.registry, self.portal = (
            Agency(gateway, ID, name) for name in ("transport", "registry", "portal"))

    def drop(self, applications, as_of=AS_OF, persona="sophea"):
        subject = self.gateway.dvara("person", "subject", persona, ID)["sub"]
        fresh = self.export.with_suffix(".new")
        fresh.write_text(json.dumps({"as_of": as_of, "people": {subject: applications}}))
        os.utime(fresh, ns=(1, self.export.stat().st_mtime_ns + 1 if self.export.exists() else 1))
        fresh.rename(self.export)

    def listed(self, persona="sophea"):
        answer = self.portal.ask("GET", "/applications", self.portal.of(persona))
        assert answer.status_code == 200, answer.text
        return answer.json()["applications"]


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracking")
    place = shipped(folder, ID, agencies=AGENCIES, applications={"people": {}}, settings={
        "agencies": "agencies.json", "closed_days": "30"})
    with gateway_with(folder, ID) as running:
        running.apply("person", PERSONAS)
        yield Country(running, place)


@pytest.fixture(autouse=True)
def nobody_has_any(country):
    country.drop([])
    for agency in (country.transport, country.registry):
        for reference in ("DL-1", "DL-2", "CR-2026-7"):
            agency.ask("DELETE", f"/applications/{reference}", agency.own())


def test_pushed_and_read(country):
    answer = country.transport.push()
    assert answer.status_code == 201 and answer.json() == {"reference": "DL-1", "stored": "new"}
    one, = country.listed()
    assert one.pop("as_of")[:10] >= day(1)
    assert one == {"reference": "DL-1", "agency": AGENCIES["transport"]["name"],
                   "status": "in_review", "updated": day(3), "next_step": NEXT}
    assert country.portal.ask("GET", "/applications/DL-1", country.portal.of("sophea")
                              ).json()["status"] == "in_review"
    assert not country.listed("vannak")
    assert country.portal.ask("GET", "/applications/DL-1",
                              country.portal.of("vannak")).status_code == 404


def test_twice_and_in_any_order(country):
    push = country.transport.push
    assert [push(updated=day(9)).json()["stored"], push(updated=day(9)).json()["stored"],
            push(updated=day(5), status="ready").json()["stored"],
            push(updated=day(9)).json()["stored"],
            push(updated=day(5), status="ready", next_step=None).json()["stored"]] == [
                "new", "same", "changed", "older", "changed"]
    one, = country.listed()
    assert one["status"] == "ready" and "next_step" not in one


def test_one_list_of_all_agencies(country):
    country.transport.push(updated=day(1))
    country.registry.push(reference="CR-2026-7", updated=day(8) + "T10:00:00Z")
    country.drop([{"reference": "PA-9", "agency": {"en": "Passports"}, "status": "ready",
                   "updated": day(4), "next_step": NEXT}])
    listed = country.listed()
    assert [one["reference"] for one in listed] == ["DL-1", "PA-9", "CR-2026-7"]
    assert listed[1]["as_of"] == AS_OF != listed[0]["as_of"]
    assert country.portal.ask("GET", "/applications", country.portal.of("sophea")
                              ).json()["as_of"] == AS_OF


def test_agencies_have_their_own_references(country):
    country.transport.push()
    assert country.registry.push(persona="vannak", status="ready").status_code == 201
    assert country.registry.ask("DELETE", "/applications/DL-2",
                                country.registry.own()).status_code == 404
    assert country.listed()[0]["status"] == "in_review"
    assert code_of(country.transport.push(persona="vannak"), 409) == "reference-taken"
    assert [one["agency"] for one in country.listed("vannak")] == [AGENCIES["registry"]["name"]]
    assert country.registry.ask("DELETE", "/applications/DL-1",
                                country.registry.own()).status_code == 200
    assert not country.listed("vannak") and country.listed()


def test_whom_an_agency_knows(country):
    """By its own name for them, which is nobody's elsewhere."""
    theirs = country.transport.sub("sophea")
    assert theirs != country.registry.sub("sophea")
    assert code_of(country.registry.push(None, sub=theirs), 404) == "person-unknown"
    assert code_of(country.registry.push(None, sub="sophea"), 404) == "person-unknown"


@pytest.mark.parametrize("changes", [
    {"reference": reference} for reference in (
        "", "DL", "DL-", "-1", "dl-1", "DL 1", "DL-1/2", "SOK-SOPHEA", "DL-85512345678",
        "DL-19940414", "DL-1-2-3-4", "SOPHEAS-1", "DL-1\n", "DL-é1")] + [
    {"status": "In review"}, {"status": ""}, {"updated": "yesterday"}, {"updated": "2026-13-01"},
    {"updated": "2999-01-01"}, {"updated": "2026-11-18T10:00"}, {"next_step": "wait"},
    {"next_step": {"de": "x"}}, {"next_step": {}}, {"next_step": {"en": "x" * 5000}},
    {"sub": 1}, {"name": "Sok Sophea"}])
def test_malformed(country, changes):
    answer = country.transport.push(**changes)
    assert answer.status_code == 400, answer.text
    assert not country.listed()


def test_closed_ones_leave(country):
    for days_ago, n in ((29, 1), (31, 0)):
        country.transport.push(status="approved", updated=day(days_ago))
        assert len(country.listed()) == n
        country.transport.ask("DELETE", "/applications/DL-1", country.transport.own())
    country.transport.push(status="in_review", updated=day(400))
    country.drop([{"reference": f"PA-{days_ago}", "agency": {"en": "P"}, "status": "refused",
                   "updated": day(days_ago), "next_step": NEXT} for days_ago in (29, 31)])
    assert [one["reference"] for one in country.listed()] == ["PA-29", "DL-1"]


def test_the_export_is_away(country):
    """What it last said of a person stays, through a restart too."""
    country.drop([{"reference": "PA-9", "agency": {"en": "P"}, "status": "ready",
                   "updated": day(4), "next_step": NEXT}])
    before = country.listed()
    country.export.write_text("{")
    assert country.listed() == before
    country.export.unlink()
    assert country.listed() == before
    country.gateway.restart()
    assert until_up(country) == before
    country.transport.push()
    assert len(country.listed()) == 2


def until_up(country):
    until = time.monotonic() + BACK_S
    while True:
        answer = country.portal.ask("GET", "/applications", country.portal.of("sophea"))
        if answer.status_code == 200:
            return answer.json()["applications"]
        assert answer.status_code in (502, 503, 504) and time.monotonic() < until, answer.text
        time.sleep(0.05)


def test_who_may_call_what(country):
    assert country.portal.push().status_code == 403
    assert country.transport.ask("POST", "/applications", country.transport.of("sophea"),
                                 {}).status_code == 403
    assert country.transport.ask("GET", "/applications",
                                 country.transport.own()).status_code == 403
    assert country.transport.ask("DELETE", "/applications/DL-1",
                                 country.transport.of("sophea")).status_code == 403


def test_agencies_that_cannot_be_read(tmp_path):
    calls = [{"path": "/applications", "as": {"subject": "a"}, "answer": {"status": 200}}]
    (tmp_path / "export.json").write_text('{"people": {}}')
    settings = {"applications": str(tmp_path / "export.json")}
    assert conversed(tmp_path, ID, settings, calls).returncode == 0
    for wrong in ({"agencies": "nowhere.json"}, {"closed_days": "0"}, {"closed_days": "many"}):
        assert conversed(tmp_path, ID, {**settings, **wrong}, calls).returncode != 0
