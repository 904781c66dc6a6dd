# SPDX-License-Identifier: Apache-2.0
"""plugins/sim-registration against the real gateway: two operators, a portal, people of several
ages and nationalities."""

import contextlib
import re
import sqlite3
import threading
import time

import pytest
import requests
from authlib.jose import JsonWebToken

import jwt_tools
from services import PERSONAS, Party, code_of, gateway_with, shipped

ID = "sim-registration"
OPERATORS = {name: {"name": {"en": name.title()}} for name in ("angkor", "mekong")}
LIMIT = 3


class Operator(Party):
    """And the portal, which sells nothing."""

    def register(self, persona, number, **more):
        return self.ask("POST", "/registrations", self.of(persona), {"number": number, **more})

    def redeem(self, made):
        claims = jwt_tools.payload_of(made["proof"])
        return self.ask("POST", "/proofs", self.own(), {
            "registration": claims["registration"], "jti": claims["jti"]})

    def sell(self, persona, number, **more):
        """The whole of it: the registration's id."""
        made = self.register(persona, number, **more)
        assert made.status_code == 201, made.text
        done = self.redeem(made.json())
        assert done.json() == {"registration": made.json()["registration"], "state": "active"}
        return made.json()["registration"]

    def sims(self, persona):
        return self.ask("GET", "/registrations", self.of(persona)).json()["registrations"]


class Country:
    def __init__(self, gateway):
        self.gateway = gateway
        self.angkor, self.mekong, self.portal = (
            Operator(gateway, ID, name) for name in ("angkor", "mekong", "portal"))
        self.database, = gateway.folder.glob(f"state/**/{ID}*/service.db")
        self.last = 10000000

    def number(self):
        self.last += 1
        return f"+855{self.last}"


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sims")
    shipped(folder, ID, operators=OPERATORS, settings={
        "limit": str(LIMIT), "foreigner_limit": "1"})
    with gateway_with(folder, ID) as running:
        running.apply("person", PERSONAS)
        yield Country(running)


@pytest.fixture(autouse=True)
def nobody_has_any(country):
    """Each test begins with people who have no SIM."""
    for party in (country.angkor, country.mekong):
        for persona in ("sophea", "vannak", "khamla"):
            for sim in party.sims(persona):
                party.ask("POST", f"/registrations/{sim['registration']}/end", party.own(),
                          {"reason": "test"})


def test_a_sim_of_their_own(country):
    number = country.number()
    made = country.angkor.register("sophea", number).json()
    keys = requests.get(f"{country.angkor.service}/jwks", timeout=20).json()
    proof = JsonWebToken(["ES256"]).decode(made["proof"], keys)
    assert jwt_tools.header_of(made["proof"])["typ"] == "sim-proof+jwt"
    assert proof["aud"] == "angkor" and proof["number"] == number
    assert proof["full_name"] == PERSONAS[0]["claims"]["name"]
    assert not {"sub", "birthdate", "document_valid", "age_over_18"} & proof.keys()
    assert country.portal.sims("sophea")[0]["state"] == "pending"
    assert country.angkor.redeem(made).status_code == 200
    assert country.portal.sims("sophea")[0] == {
        "registration": made["registration"], "number": number, "operator": "angkor",
        "operator_name": {"en": "Angkor"}, "state": "active", "for_minor": False,
        "since": country.portal.sims("sophea")[0]["since"]}


def test_the_person_hears_of_it_and_no_operator(country):
    """A SIM behind their back; both operators have their consent too."""
    for party in (country.angkor, country.mekong, country.portal):
        party.of("sophea")
    sim = country.angkor.sell("sophea", country.number())
    later = country.mekong.sell("sophea", country.number())
    end = time.monotonic() + 30
    while not (told := told_of(country, later)):
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
    assert told == told_of(country, sim) == [("portal", "sim.registered")]


def told_of(country, sim):
    return country.gateway.sql("SELECT client_id, status FROM event WHERE reference = ?", sim)


def test_what_left_is_in_the_ledger(country):
    country.angkor.register("sophea", country.number())
    client, basis, claims = country.gateway.sql(
        "SELECT client_id, basis, claims FROM ledger ORDER BY id DESC LIMIT 1")[0]
    assert (client, basis) == (ID, "legal_duty")
    assert "full_name" in claims and "birthdate" not in claims


def test_a_proof_is_redeemed_once(country):
    made = country.angkor.register("sophea", country.number()).json()
    assert country.angkor.redeem(made).status_code == 200
    assert code_of(country.angkor.redeem(made), 409) == "proof-spent"
    other = country.angkor.register("sophea", country.number()).json()
    assert code_of(country.mekong.redeem(other), 409) == "proof-spent"
    assert country.angkor.redeem(other).status_code == 200


def test_a_proof_made_anew_voids_the_one_before(country):
    number = country.number()
    first, second = (country.angkor.register("sophea", number).json() for _ in range(2))
    assert code_of(country.angkor.redeem(first), 409) == "proof-spent"
    assert country.angkor.redeem(second).status_code == 200
    assert len(country.portal.sims("sophea")) == 1


def test_a_proof_is_over_after_ten_minutes(country):
    made = country.angkor.register("sophea", country.number()).json()
    assert jwt_tools.payload_of(made["proof"])["exp"] - time.time() < 601
    with contextlib.closing(sqlite3.connect(country.database)) as database, database:
        changed = database.execute("UPDATE registration SET proof_until_s = proof_until_s - 601"
                                   " WHERE id = ?", [made["registration"]])
        assert changed.rowcount == 1
    assert code_of(country.angkor.redeem(made), 409) == "proof-spent"
    assert not country.portal.sims("sophea")


def test_the_limit_is_of_all_operators_together(country):
    for party in (country.angkor, country.mekong, country.angkor)[:LIMIT]:
        party.sell("sophea", country.number())
    refused = country.mekong.register("sophea", country.number())
    assert code_of(refused, 409) == "limit-reached"
    assert not {"angkor", "3", "+855"} & set(refused.text.split('"'))
    country.mekong.sell("vannak", country.number())


def test_the_limit_holds_for_many_at_once(country):
    parties = [country.angkor, country.mekong] * 4
    tokens = [party.of("vannak") for party in parties]
    answers = []

    def one(party, token, number):
        answers.append(party.ask("POST", "/registrations", token, {"number": number}).status_code)

    threads = [threading.Thread(target=one, args=(party, token, country.number()))
               for party, token in zip(parties, tokens)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * LIMIT + [409] * (len(parties) - LIMIT)


def test_a_number_is_one_persons(country):
    number = country.number()
    country.angkor.sell("sophea", number)
    assert code_of(country.mekong.register("vannak", number), 409) == "number-taken"
    assert country.angkor.sell("vannak", country.number())


def test_a_pending_number_is_nobodys(country):
    number = country.number()
    squatting = country.mekong.register("vannak", number).json()
    country.angkor.sell("sophea", number)
    assert code_of(country.mekong.redeem(squatting), 409) == "proof-spent"
    assert not country.portal.sims("vannak")


def test_operators_see_their_own_alone(country):
    country.angkor.sell("sophea", country.number())
    theirs = country.mekong.sell("sophea", country.number())
    assert [sim["operator"] for sim in country.mekong.sims("sophea")] == ["mekong"]
    assert len(country.portal.sims("sophea")) == 2
    ended = country.angkor.ask("POST", f"/registrations/{theirs}/end", country.angkor.own(),
                               {"reason": "cancelled"})
    assert ended.status_code == 404
    assert len(country.portal.sims("sophea")) == 2


def test_one_that_is_not_theirs(country):
    number = country.number()
    sim = country.angkor.sell("sophea", number)
    for _ in range(2):
        said = country.portal.ask("POST", f"/registrations/{sim}/report",
                                  country.portal.of("sophea"))
        assert said.json()["state"] == "reported"
    reports = country.angkor.ask("GET", "/reports", country.angkor.own()).json()["reports"]
    assert [(one["registration"], one["number"]) for one in reports] == [(sim, number)]
    assert country.mekong.ask("GET", "/reports", country.mekong.own()).json() == {"reports": []}
    assert code_of(country.mekong.register("vannak", number), 409) == "number-taken"
    for _ in range(LIMIT):
        country.angkor.sell("sophea", country.number())
    country.angkor.ask("POST", f"/registrations/{sim}/end", country.angkor.own(),
                       {"reason": "not-theirs"})
    country.mekong.sell("vannak", number)


@pytest.mark.parametrize("deed", ["report", "transfer"])
def test_another_persons_sim_is_not_there(country, deed):
    sim = country.angkor.sell("sophea", country.number())
    answer = country.portal.ask("POST", f"/registrations/{sim}/{deed}",
                                country.portal.of("vannak"))
    assert answer.status_code == 404
    assert country.portal.ask("POST", f"/registrations/{sim}/{deed}",
                              country.portal.of("sophea")).status_code in (200, 201)


def test_a_number_is_given_away(country):
    number = country.number()
    sim = country.angkor.sell("sophea", number)
    given = country.portal.ask("POST", f"/registrations/{sim}/transfer",
                               country.portal.of("sophea")).json()
    code = given["transfer_code"]
    assert re.fullmatch("[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", code)
    assert code_of(country.angkor.register("vannak", number, transfer_code="x"), 409) \
        == "transfer-unknown"
    assert code_of(country.angkor.register("vannak", country.number(), transfer_code=code), 409) \
        == "transfer-unknown"
    country.angkor.sell("vannak", number, transfer_code=code.lower().replace("-", " "))
    assert not country.portal.sims("sophea")
    assert [one["number"] for one in country.portal.sims("vannak")] == [number]
    assert code_of(country.angkor.register("khamla", number, transfer_code=code), 409) \
        == "transfer-unknown"


def test_given_away_to_one_only(country):
    number = country.number()
    sim = country.angkor.sell("sophea", number)
    code = country.portal.ask("POST", f"/registrations/{sim}/transfer",
                              country.portal.of("sophea")).json()["transfer_code"]
    first = country.angkor.register("vannak", number, transfer_code=code).json()
    second = country.mekong.register("vannak", number, transfer_code=code).json()
    assert country.mekong.redeem(second).status_code == 200
    assert code_of(country.angkor.redeem(first), 409) == "proof-spent"
    assert [one["operator"] for one in country.portal.sims("vannak")] == ["mekong"]


def test_children_and_their_guardians(country):
    refused = country.angkor.register("bopha", country.number())
    assert code_of(refused, 403) == "guardian-needed"
    country.angkor.sell("sophea", country.number(), for_minor=True)
    assert country.portal.sims("sophea")[0]["for_minor"] is True


def test_foreigners(country):
    country.angkor.sell("khamla", country.number())
    assert code_of(country.mekong.register("khamla", country.number()), 409) == "limit-reached"


@pytest.mark.parametrize("persona", ["noy", "yusuf"])
def test_no_valid_document(country, persona):
    assert code_of(country.angkor.register(persona, country.number()), 403) == "document-not-valid"


@pytest.mark.parametrize("body", [
    {}, {"number": "012345678"}, {"number": "+0123456789"}, {"number": "+855 12 345"},
    {"number": "+1234567890123456"}, {"number": 85512345678}, {"number": "+85512345678x"},
    {"number": "+85512345678", "for_minor": "yes"}, {"number": "+85512345678", "more": 1},
    {"number": "+85512345678", "transfer_code": ""}])
def test_malformed(country, body):
    answer = country.angkor.ask("POST", "/registrations", country.angkor.of("sophea"), body)
    assert answer.status_code == 400, answer.text


def test_who_may_call_what(country):
    portal, angkor = country.portal, country.angkor
    number = {"number": country.number()}
    sim = angkor.sell("sophea", country.number())
    assert portal.ask("POST", "/registrations", portal.of("sophea"), number).status_code == 403
    assert angkor.ask("POST", "/registrations", angkor.own(), number).status_code == 403
    assert angkor.ask("GET", "/registrations", angkor.own()).status_code == 403
    assert angkor.ask("GET", "/reports", angkor.of("sophea")).status_code == 403
    assert portal.ask("GET", "/reports", portal.own()).status_code == 403
    assert angkor.ask("POST", f"/registrations/{sim}/end", angkor.of("sophea"),
                      {"reason": "x"}).status_code == 403
    assert angkor.ask("POST", f"/registrations/{sim}/report",
                      angkor.of("sophea")).status_code == 403
    assert angkor.ask("PUT", "/registrations", angkor.of("sophea")).status_code == 405
    assert angkor.ask("GET", "/registrations//report", angkor.of("sophea")).status_code == 404
