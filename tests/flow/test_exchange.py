# SPDX-License-Identifier: Apache-2.0
"""Token exchange (RFC 8693): a service that was called with a person's token calls another."""

import json
import time

import pytest
import requests

import jwt_tools
from browser import Browser
from conftest import GRANTS, client
from gateway import ROOT, Gateway
from relying_party import RelyingParty, query_of
from test_gone_since import ROWAN, block
from test_introspect import told
from test_revoke import revoked
from test_token import assert_refused

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
INACTIVE = {"active": False}
CACHED_S = 1.1
PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())


def service(gateway, name, *calls, grant_types=(EXCHANGE,)):
    return RelyingParty(gateway, {
        "client_id": name, "client_name": name, "redirect_uris": [], "dvara_service": True,
        "grant_types": list(grant_types), "dvara_resources": list(calls)}, jwt_tools.ec_key())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A portal that calls the services one, two and three; one calls two, two calls three and
    four; four is nothing to the portal, five exchanges nothing."""
    with Gateway(tmp_path_factory.mktemp("exchange"), {"tokens.exchange": "yes"}) as running:
        running.apply("person", PERSONAS + [ROWAN])
        running.portal = client(running, "portal", scope=None, grant_types=GRANTS,
                                dvara_resources=["one", "two", "three", "five"])
        running.one = service(running, "one", "two")
        running.two = service(running, "two", "three", "four")
        running.three = service(running, "three")
        running.four = service(running, "four")
        running.five = service(running, "five", "two", grant_types=())
        running.browser = Browser(running)
        yield running


def at(gateway, name):
    return f"{gateway.url}/services/{name}"


def token_at(gateway, name, browser=None, **more):
    """The portal's token for a service."""
    resources = [at(gateway, service) for service in ("one", "two", "three", "five")]
    portal, browser = gateway.portal, browser or gateway.browser
    sent = [*portal.request().items(), *(("resource", resource) for resource in resources)]
    answer = browser.walk(browser.get("/authorize", params=sent), **more)
    tokens = portal.token(query_of(answer)["code"], resource=at(gateway, name))
    assert tokens.status_code == 200, tokens.text
    return tokens.json()


def test_a_service_shares_its_subjects_with_no_host(world):
    """A client whose redirect address is at a host of the service's name is another sector."""
    host = client(world, "at-one", redirect_uris=["https://one/cb"], scope=None)
    sub = jwt_tools.payload_of(token_at(world, "one")["access_token"])["sub"]
    assert host.id_token(host.tokens(world.browser))["sub"] != sub
    assert told(host, host.tokens(world.browser)["access_token"])["sub"] != sub
    assert world.dvara("person", "subject", "sophea", "one")["sub"] == sub
    # the twin: the service knows the person again, whoever calls it
    assert jwt_tools.payload_of(token_at(world, "one", Browser(world))["access_token"])["sub"] == sub


def test_what_the_person_allows_now_counts(world):
    """Both services at first, then one alone: the token from before gets no other one.  Twin: both
    again."""
    portal, browser = world.portal, Browser(world)

    def token(*names):
        sent = [*portal.request(prompt="consent").items(),
                *(("resource", at(world, name)) for name in names)]
        answer = browser.walk(browser.get("/authorize", params=sent))
        return portal.token(
            query_of(answer)["code"], resource=at(world, names[0])).json()["access_token"]

    first = token("one", "two")
    assert exchange(world.one, first, at(world, "two")).status_code == 200
    token("one")
    assert_refused(exchange(world.one, first, at(world, "two")), "invalid_target")
    token("one", "two")
    assert exchange(world.one, first, at(world, "two")).status_code == 200


def exchange(party, token, resource, credentials=None, **changes):
    return party.token(None, credentials, **{
        "grant_type": EXCHANGE, "redirect_uri": None, "code_verifier": None,
        "subject_token": token, "subject_token_type": ACCESS_TOKEN, "resource": resource,
        **changes})


def exchanged(party, token, resource, **changes):
    answer = exchange(party, token, resource, **changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def test_a_good_one(world):
    token = token_at(world, "one")["access_token"]
    before = jwt_tools.payload_of(token)
    tokens = exchanged(world.one, token, at(world, "two"))
    assert tokens.keys() == {
        "access_token", "issued_token_type", "token_type", "expires_in", "scope"}
    assert tokens["issued_token_type"] == ACCESS_TOKEN and tokens["token_type"] == "Bearer"
    claims = jwt_tools.payload_of(tokens["access_token"])
    assert claims["aud"] == at(world, "two")
    assert claims["client_id"] == "one" and claims["act"] == {"sub": "one"}
    # the other service's own name for the person
    direct = jwt_tools.payload_of(token_at(world, "two")["access_token"])
    assert claims["sub"] == direct["sub"] != before["sub"]
    assert claims["jti"] != before["jti"] and claims["exp"] <= before["exp"]
    assert told(world.two, tokens["access_token"]) == {
        "active": True, "token_type": "Bearer", **claims}
    assert told(world.one, tokens["access_token"])["active"]
    assert told(world.portal, tokens["access_token"]) == INACTIVE
    assert told(world.one, token)["active"], "the first serves on"
    rows = [row for row in world.audit() if row["event"] == "token"
            and row["detail"]["grant_type"] == EXCHANGE]
    assert rows[0]["client_id"] == "one" and rows[0]["person_id"]
    assert world.portal.userinfo(tokens["access_token"]).status_code == 401


def test_it_lives_no_longer_than_what_it_was_made_of(world):
    token = token_at(world, "one")["access_token"]
    with world.clock(200):
        now = int(time.time()) + 200
        form = {"client_assertion": world.one.assertion(iat=now, exp=now + 60),
                "client_assertion_type":
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        tokens = exchanged(world.one, token, at(world, "two"), credentials=(form, {}))
    assert jwt_tools.payload_of(tokens["access_token"])["exp"] == \
        jwt_tools.payload_of(token)["exp"]
    assert tokens["expires_in"] <= 101


def test_through_several_hands(world):
    first = token_at(world, "one")["access_token"]
    second = exchanged(world.one, first, at(world, "two"))["access_token"]
    third = exchanged(world.two, second, at(world, "three"))["access_token"]
    claims = jwt_tools.payload_of(third)
    assert claims["act"] == {"sub": "two", "act": {"sub": "one"}}
    assert claims["client_id"] == "two" and claims["aud"] == at(world, "three")


def test_what_may_not_be_traded(world):
    good = token_at(world, "one")
    two = token_at(world, "two")["access_token"]
    own = world.portal.tokens(world.browser)
    for wrong in (two, own["access_token"], own["id_token"], good["refresh_token"],
                  good["access_token"][:-1], "x", "A" * 65, "'; DROP TABLE refresh; --"):
        answer = exchange(world.one, wrong, at(world, "two"))
        assert_refused(answer, "invalid_request")
        assert "subject_token" in answer.json()["error_description"]
    exchanged(world.one, good["access_token"], at(world, "two"))


def test_what_must_stand_in_it(world):
    token = token_at(world, "one")["access_token"]
    for changes in ({"subject_token": None}, {"subject_token": ""}, {"subject_token_type": None},
                    {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
                    {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
                    {"resource": None}, {"actor_token": token}, {"audience": "two"}):
        answer = exchange(world.one, token, **{"resource": at(world, "two"), **changes})
        assert_refused(answer, "invalid_request")
        assert next(iter(changes)) in answer.json()["error_description"]
    exchanged(world.one, token, at(world, "two"), requested_token_type=ACCESS_TOKEN)


def test_where_to(world):
    """Only where the registration of the service and the person's consent both say so."""
    token = token_at(world, "one")["access_token"]
    for wrong in (at(world, "three"), at(world, "one"), world.url, "https://evil.test",
                  f"{at(world, 'two')} {world.url}", at(world, "nowhere")):
        answer = exchange(world.one, token, wrong)
        assert_refused(answer, "invalid_target")
        assert "resource" in answer.json()["error_description"]
    # two is registered for four, but the person never allowed the portal that
    second = exchanged(world.one, token, at(world, "two"))["access_token"]
    assert_refused(exchange(world.two, second, at(world, "four")), "invalid_target")


def test_scope(world):
    token = token_at(world, "one")["access_token"]
    assert_refused(exchange(world.one, token, at(world, "two"), scope="openid profile"),
                   "invalid_scope")
    assert exchanged(world.one, token, at(world, "two"), scope="openid")["scope"] == "openid"


def test_who_may_not(world):
    token = token_at(world, "five")["access_token"]
    assert_refused(exchange(world.five, token, at(world, "two")), "unauthorized_client")
    assert_refused(exchange(world.portal, token, at(world, "two")), "unauthorized_client")
    assert_refused(exchange(world.one, token, at(world, "two"), ({}, {})), "invalid_client", 401)
    path = world.folder / "bad.json"
    path.write_text(json.dumps({"client_id": "bad", "grant_types": [EXCHANGE],
                                "redirect_uris": ["https://bad.test/cb"]}))
    world.dvara("client", "apply", path, expect=1)


def test_it_ends_with_the_first(world):
    tokens = token_at(world, "one", Browser(world), persona="rowan")
    second = exchanged(world.one, tokens["access_token"], at(world, "two"))["access_token"]
    assert told(world.two, second)["active"]
    revoked(world.portal, tokens["refresh_token"])
    assert told(world.two, second) == INACTIVE
    assert_refused(exchange(world.one, tokens["access_token"], at(world, "two")),
                   "invalid_request")

    tokens = token_at(world, "one", Browser(world), persona="rowan")
    second = exchanged(world.one, tokens["access_token"], at(world, "two"))["access_token"]
    block(world)
    assert told(world.two, second) == INACTIVE
    assert_refused(exchange(world.one, tokens["access_token"], at(world, "two")),
                   "invalid_request")
    world.apply("person", [ROWAN])
    assert told(world.two, second) == INACTIVE  # what ended does not come back

    tokens = token_at(world, "one", Browser(world), persona="rowan")
    second = exchanged(world.one, tokens["access_token"], at(world, "two"))["access_token"]
    world.dvara("consent", "withdraw", world.consent_of("rowan", "portal")["id"])
    time.sleep(CACHED_S)
    assert told(world.two, second) == INACTIVE


@pytest.mark.parametrize("restart", [False, True], ids=["at once", "without Redis' marks"])
def test_it_ends_with_a_token_that_it_was_exchanged_for(world, restart):
    """However many hands are between; its siblings and its own origin live on."""
    first = token_at(world, "one")["access_token"]
    second = exchanged(world.one, first, at(world, "two"))["access_token"]
    sibling = exchanged(world.one, first, at(world, "two"))["access_token"]
    third = exchanged(world.two, second, at(world, "three"))["access_token"]
    assert told(world.three, third)["active"]
    revoked(world.one, second)
    if restart:
        marks = world.redis.ask("KEYS", "*rv:*")
        world.redis.ask("DEL", *marks)
        world.restart()
    assert told(world.two, second) == told(world.three, third) == INACTIVE
    assert told(world.one, first)["active"] and told(world.two, sibling)["active"]
    assert_refused(exchange(world.two, second, at(world, "three")), "invalid_request")
    revoked(world.portal, first)
    assert told(world.two, sibling) == INACTIVE


def test_off_by_default(gateway, world):
    def known(url):
        return requests.get(f"{url}/.well-known/openid-configuration",
                            timeout=20).json()["grant_types_supported"]

    party = service(gateway, "exchanger", "two")
    assert_refused(exchange(party, "x", at(gateway, "two")), "unsupported_grant_type")
    assert EXCHANGE not in known(gateway.url)
    assert EXCHANGE in known(world.url)
