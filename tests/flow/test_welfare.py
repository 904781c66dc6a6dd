# SPDX-License-Identifier: Apache-2.0
"""plugins/welfare-eligibility against the real gateway: what comes out for whom, by which rule; what
is kept of it; appeals.  Its conversation.json shows the rest of the rules."""

import contextlib
import copy
import json
import sqlite3
import time

import jsonschema
import pytest

from browser import Browser, Page
from gateway import ROOT
from services import BACK_S, PERSONAS, Party, code_of, conversed, gateway_with, shipped

ID = "welfare-eligibility"
PROGRAMMES = json.loads((ROOT / f"plugins/{ID}/programmes.json").read_text())
PREDICATES = [one["name"] for one in json.loads(
    (ROOT / f"plugins/{ID}/manifest.json").read_text())["attributes"]]
APPEAL_PAGE = "https://portal.test/benefits/appeal?decision="
IN_FORCE = ("older-people", "disability", "health-card")


class Portal(Party):
    def allow(self, persona, *names):
        """Beside the essential one; asked anew."""
        self.known[persona] = self.tokens(
            Browser(self.gateway), persona=persona, resource=self.service, prompt="consent",
            claims=[f"{ID}/{name}" for name in names])["access_token"]

    def check(self, persona, programme):
        answer = self.ask("POST", f"/programmes/{programme}/check", self.of(persona))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def decisions(self, persona):
        return self.ask("GET", "/decisions", self.of(persona)).json()["decisions"]

    def appeal(self, persona, decision, words="Please look again."):
        return self.ask("POST", f"/decisions/{decision['decision']}/appeal", self.of(persona),
                        {"words": words})


class Country:
    def __init__(self, gateway):
        self.gateway = gateway
        self.portal, self.office, self.other = (
            Portal(gateway, ID, name) for name in ("portal", "office", "other"))
        self.database, = gateway.folder.glob(f"state/**/{ID}*/service.db")


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("welfare")
    shipped(folder, ID, agencies={"office": ["older-people", "health-card"],
                                  "other": ["disability"]},
            settings={"agencies": "agencies.json", "appeal_page": APPEAL_PAGE,
                      "checks_per_day": "40"})
    with gateway_with(folder, ID) as running:
        running.apply("person", PERSONAS)
        country = Country(running)
        for persona in ("sophea", "vannak"):
            country.portal.allow(persona, *PREDICATES[1:])
        yield country


def truth(when, known):
    """The rules once more, by the published words alone: a decision can be made again by anybody."""
    if isinstance(when, str):
        return known.get(when)
    (kind, inside), = when.items()
    if kind == "not":
        found = truth(inside, known)
        return None if found is None else not found
    parts = [truth(one, known) for one in inside]
    decides = kind == "any"
    return decides if decides in parts else None if None in parts else not decides


def decided_by(version, known):
    rules = [(rule["id"], truth(rule["when"], known)) for rule in version["rules"]]
    for value, outcome in ((False, "not_eligible"), (None, "needs_documents")):
        first = next((name for name, found in rules if found is value), None)
        if first:
            return outcome, first
    return "eligible", "all"


@pytest.mark.parametrize("persona, outcomes", [
    ("vannak", [("eligible", "all")] * 3),
    ("sophea", [("not_eligible", "age"), ("not_eligible", "disability"),
                ("not_eligible", "need")])])
def test_what_comes_out(country, persona, outcomes):
    for programme, expected in zip(IN_FORCE, outcomes):
        made = country.portal.check(persona, programme)
        assert (made["outcome"], made["rule"]["id"]) == expected
        assert set(made["rule"]["text"]) == {"km", "lo", "en", "fr", "ar"}
        assert made["contact"]["phone"] and made["appeal"]["page"] == (
            APPEAL_PAGE + made["decision"])


def test_who_lives_elsewhere(country):
    made = country.portal.check("khamla", "health-card")
    assert (made["outcome"], made["rule"]["id"]) == ("not_eligible", "resident")


def test_what_was_refused_is_never_a_no(country):
    """One attribute refused: the programme that needs it is open, the others are decided."""
    country.portal.allow("bopha", "age_over_60", "household_income_below:400000")
    made = country.portal.check("bopha", "disability")
    assert (made["outcome"], made["rule"]["id"]) == ("needs_documents", "disability")
    assert made["documents"]["en"] == "A letter from a health centre."
    assert {rule["id"]: rule["met"] for rule in made["rules"]} == {
        "resident": True, "disability": None}
    assert country.portal.check("bopha", "older-people")["outcome"] == "not_eligible"
    assert country.portal.check("bopha", "health-card")["outcome"] == "needs_documents"


def test_each_is_asked_and_none_is_ticked_beforehand(country):
    """All but where people live may be refused; the one that is specially protected says so."""
    browser = Browser(country.gateway)
    answer = country.portal.authorize(browser, resource=country.portal.service, prompt="consent")
    while answer.status_code == 303 or Page(answer.text).form_of("login-test"):
        answer = (browser.get(answer.headers["Location"]) if answer.status_code == 303
                  else browser.sign_in(Page(answer.text), "vannak"))
    boxes = Page(answer.text).form_of("consent").boxes()
    asked = {name.partition("/")[2]: box for name, box in boxes.items() if name.startswith(ID)}
    assert asked == {name: (name == PREDICATES[0],) * 2 for name in PREDICATES}
    assert answer.text.count("This is specially protected") == 1


def test_yes_and_no_leave_and_no_value(country):
    country.portal.check("vannak", "older-people")
    client, basis, claims = country.gateway.sql(
        "SELECT client_id, basis, claims FROM ledger ORDER BY id DESC LIMIT 1")[0]
    assert (client, basis) == (ID, "consent")
    assert set(json.loads(claims)) == set(PREDICATES) - {"has_disability"}


def test_what_is_kept(country):
    country.portal.check("vannak", "disability")
    with contextlib.closing(sqlite3.connect(country.database)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(decision)")]
        whole = "\n".join(database.iterdump())
    assert columns == ["id", "subject", "programme", "version", "outcome", "rule", "decided_s"]
    for persona in PERSONAS[:2]:
        for name in ("name", "birthdate", "household_income", "document_number"):
            assert f"'{persona['claims'][name]}'" not in whole, name


def test_a_decision_can_be_made_again(country):
    """By its version's words alone, from the same answers."""
    for persona in ("vannak", "sophea", "bopha"):
        known = predicates_of(persona)
        if persona == "bopha":  # who refused one
            del known["has_disability"]
            country.portal.allow("bopha", "age_over_60", "household_income_below:400000")
        for programme in IN_FORCE:
            made = country.portal.check(persona, programme)
            version = country.portal.ask(
                "GET", f"/programmes/{programme}/versions/{made['version']}",
                country.portal.of(persona)).json()
            assert decided_by(version, known) == (made["outcome"], made["rule"]["id"])
            listed = {one["decision"]: one for one in country.portal.decisions(persona)}
            assert listed[made["decision"]].items() <= made.items()


def predicates_of(persona):
    claims = next(one["claims"] for one in PERSONAS if one["short_name"] == persona)
    return {"resident_of:KH": claims["residence_region"].startswith("KH-"),
            "age_over_60": int(claims["birthdate"][:4]) <= 1965,
            "household_income_below:400000": claims["household_income"] < 400000,
            "has_disability": claims["disability"]}


def test_programmes_in_force(country):
    listed = country.portal.ask("GET", "/programmes", country.office.own()).json()["programmes"]
    assert sorted((one["id"], one["version"]) for one in listed) == [
        ("disability", 1), ("health-card", 1), ("older-people", 2)]
    needs = {one["id"]: set(one["needs"]) for one in listed}
    assert needs["disability"] == {"resident_of:KH", "has_disability"}
    before = country.portal.ask("GET", "/programmes/older-people/versions/1",
                                country.office.own()).json()
    assert before == PROGRAMMES[0]


def test_an_appeal(country):
    portal, office = country.portal, country.office
    made = portal.check("sophea", "older-people")
    assert portal.appeal("sophea", made, "I am older than my card says.\nសូមពិនិត្យម្តងទៀត។").json()[
        "state"] == "open"
    assert code_of(portal.appeal("sophea", made), 409) == "appeal-made"
    waiting = [one for one in office.ask("GET", "/appeals", office.own()).json()["appeals"]
               if one["decision"] == made["decision"]]
    assert len(waiting) == 1 and waiting[0]["words"].endswith("សូមពិនិត្យម្តងទៀត។")
    assert not {"subject", "sub", "name"} & waiting[0].keys()
    assert country.other.ask("GET", "/appeals", country.other.own()).json() == {"appeals": []}

    path = f"/appeals/{made['decision']}/answer"
    said = {"outcome": "granted", "answer": "You were right. Come to the office."}
    assert country.other.ask("POST", path, country.other.own(), said).status_code == 404
    assert office.ask("POST", path, office.own(), {"outcome": "maybe", "answer": "x"}
                      ).status_code == 400
    assert office.ask("POST", path, office.own(), said).status_code == 200
    assert code_of(office.ask("POST", path, office.own(), said), 409) == "answered"
    listed = next(one for one in portal.decisions("sophea")
                  if one["decision"] == made["decision"])
    assert listed["appeal"]["state"] == "granted"
    assert listed["appeal"]["answer"] == said["answer"]
    assert made["decision"] not in office.ask("GET", "/appeals", office.own()).text


def test_another_persons_decision_is_not_there(country):
    made = country.portal.check("sophea", "disability")
    assert country.portal.appeal("vannak", made).status_code == 404
    assert made["decision"] not in {one["decision"] for one in country.portal.decisions("vannak")}
    assert country.portal.appeal("sophea", made).status_code == 201


def test_who_may_call_what(country):
    portal, office = country.portal, country.office
    assert office.ask("POST", "/programmes/disability/check", office.own()).status_code == 403
    assert office.ask("GET", "/decisions", office.own()).status_code == 403
    assert office.ask("GET", "/decisions", office.of("sophea")).status_code == 403
    assert office.ask("GET", "/appeals", office.of("sophea")).status_code == 403
    assert portal.ask("GET", "/appeals", portal.own()).status_code == 403
    assert portal.ask("POST", "/programmes/none/check", portal.of("sophea")).status_code == 404


def test_old_decisions_leave(country):
    made = country.portal.check("sophea", "health-card")
    with contextlib.closing(sqlite3.connect(country.database)) as database, database:
        database.execute("UPDATE decision SET decided_s = decided_s - 1826 * 86400 WHERE id = ?",
                         [made["decision"]])
    country.portal.check("vannak", "health-card")
    assert made["decision"] not in {one["decision"] for one in country.portal.decisions("sophea")}


def test_not_without_end(country):
    for _ in range(41):
        answer = country.portal.ask("POST", "/programmes/disability/check",
                                    country.portal.of("khamla"))
        if answer.status_code != 201:
            break
    assert code_of(answer, 429) == "too-often"
    assert country.portal.check("vannak", "disability")


def listed_when_up(portal):
    """After a start: 502 until the service has bound its socket."""
    until = time.monotonic() + BACK_S
    while True:
        answer = portal.ask("GET", "/programmes", portal.of("sophea"))
        if answer.status_code not in (502, 503, 504) or time.monotonic() > until:
            return answer
        time.sleep(0.05)


def test_what_was_published_does_not_change(tmp_path):
    place = shipped(tmp_path, ID)
    with gateway_with(tmp_path, ID) as running:
        running.apply("person", PERSONAS)
        portal = Portal(running, ID, "portal")
        assert listed_when_up(portal).status_code == 200
        changed = copy.deepcopy(PROGRAMMES)
        changed[1]["rules"].pop()
        place.joinpath("programmes.json").write_text(json.dumps(changed))
        running.restart()
        assert listed_when_up(portal).status_code == 503
        changed[1]["version"] = 3
        place.joinpath("programmes.json").write_text(json.dumps(changed))
        running.restart()
        listed = listed_when_up(portal).json()["programmes"]
        assert {"older-people": 3}.items() <= {one["id"]: one["version"] for one in listed}.items()
        assert portal.ask("GET", "/programmes/older-people/versions/2",
                          portal.of("sophea")).json() == PROGRAMMES[1]


def change(path, value):
    """The shipped programmes with one thing otherwise; None: without it."""
    changed = copy.deepcopy(PROGRAMMES)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


WRONG = {
    "no programmes": [],
    "no id": change([0, "id"], None),
    "an id in capitals": change([0, "id"], "Old"),
    "a version of text": change([0, "version"], "1"),
    "no day": change([0, "from"], "soon"),
    "one more member": change([0, "more"], 1),
    "a language is missing": change([0, "name", "lo"], None),
    "another language": change([0, "name", "de"], "x"),
    "an empty text": change([1, "rules", 0, "text", "km"], ""),
    "nobody to call": change([0, "contact", "phone"], None),
    "no rules": change([0, "rules"], []),
    "a rule named all": change([0, "rules", 0, "id"], "all"),
    "a value": change([0, "rules", 0, "when"], "birthdate"),
    "an unknown word": change([0, "rules", 0, "when"], {"maybe": "has_disability"}),
    "two words": change([0, "rules", 0, "when"],
                        {"any": ["has_disability"], "all": ["age_over_60"]}),
    "any of nothing": change([0, "rules", 0, "when"], {"any": []}),
    "no days": change([0, "appeal_days"], 0),
}
WRONG_UNSEEN = {  # by the schema
    "two rules of one id": change([0, "rules", 1, "id"], "resident"),
    "not in the manifest": change([1, "rules", 0, "when"], "resident_of:LA"),
    "too deep": change([0, "rules", 0, "when"],
                       {"not": {"not": {"not": {"not": "has_disability"}}}}),
}
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((ROOT / "conf/schema/programme.json").read_text()))


@pytest.mark.parametrize("name", [None, *WRONG, *WRONG_UNSEEN])
def test_a_file_that_is_not_right_is_refused(tmp_path, name):
    programmes = {**WRONG, **WRONG_UNSEEN, None: PROGRAMMES}[name]
    assert SCHEMA.is_valid(programmes) == (name not in WRONG)
    file = tmp_path / "programmes.json"
    file.write_text(json.dumps(programmes))
    done = conversed(tmp_path, ID, {"programmes": str(file)}, [
        {"path": "/programmes", "answer": {"status": 200}}])
    assert (done.returncode == 0) == (name is None), done.stdout + done.stderr
    if name is not None:
        assert "programmes: the " in done.stderr, done.stderr


def test_a_version_that_is_not_yet_in_force(tmp_path):
    """Until its day the one before decides, and must be one that can be decided."""
    changed = change([1, "from"], "2027-01-01")
    file = tmp_path / "programmes.json"
    file.write_text(json.dumps(changed))
    released = {"resident_of:KH": True, "age_over_60": True, "household_income_below:400000": True}
    check = {"method": "POST", "path": "/programmes/older-people/check", "attributes": released,
             "as": {"subject": "a", "client": "portal"}}
    done = conversed(tmp_path, ID, {"programmes": str(file)}, [
        {**check, "now_s": 1790000000, "answer": {"status": 201}}])
    assert done.returncode != 0, "version 1 is in force and asks age_over_65"
    changed[0]["rules"][1]["when"] = "age_over_60"
    file.write_text(json.dumps(changed))
    for now_s, version in ((1790000000, 1), (1800000000, 2)):
        body = {name: "*" for name in ("decision", "programme", "name", "outcome", "rule", "decided",
                                       "contact", "appeal", "rules")}
        done = conversed(tmp_path, ID, {"programmes": str(file)}, [
            {**check, "now_s": now_s, "answer": {"status": 201,
                                                 "body": {**body, "version": version}}}])
        assert done.returncode == 0, done.stdout
