# SPDX-License-Identifier: Apache-2.0
"""Cases T30 to T39: refresh tokens.  Confidential clients keep theirs (FAPI 2.0 section
5.3.2.1-9), public ones get a new one each time, and an old one that comes again ends them all."""

import concurrent.futures
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import ALL_SCOPES, GRANTS, client
from relying_party import query_of
from test_gone_since import ROWAN, block, purpose
from test_token import assert_refused

CACHED_S = 1.1
HOUR_S = 3600
DAY_S = 24 * HOUR_S


def offline(party, browser, **more):
    return party.tokens(browser, scope="openid offline_access", **more)


def refreshed(party, refresh_token, **changes):
    answer = party.refresh(refresh_token, **changes)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def assert_dead(party, access_token, within_s=30):
    until = time.monotonic() + within_s
    while party.userinfo(access_token).status_code != 401:
        assert time.monotonic() < until


def later(party, seconds):
    """Credentials for a gateway whose clock is ahead."""
    if party.method != "private_key_jwt":
        return None
    now = int(time.time()) + seconds
    return ({"client_assertion": party.assertion(iat=now, exp=now + 60),
             "client_assertion_type":
                 "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, {})


def test_a_good_one(gateway, keeper, browser):
    first = keeper.tokens(browser, scope="openid profile", claims=("name",))
    before = keeper.id_token(first)
    time.sleep(1.1)
    tokens = refreshed(keeper, first["refresh_token"])
    assert tokens["token_type"] == "Bearer" and tokens["scope"] == "openid profile"
    assert tokens["access_token"] != first["access_token"]
    assert keeper.userinfo(tokens["access_token"]).json()["name"]
    # OpenID Connect Core section 12.2
    after = keeper.id_token(tokens)
    for same in ("iss", "sub", "aud", "auth_time", "acr"):
        assert after[same] == before[same]
    assert after["iat"] > before["iat"] and "nonce" not in after
    assert after["at_hash"] == jwt_tools.half_hash(tokens["access_token"])
    row = next(row for row in gateway.audit() if row["event"] == "token")
    assert row["detail"]["grant_type"] == "refresh_token" and row["client_id"] == "keeper"
    assert first["refresh_token"] not in gateway.log()


def test_none_for_who_has_not_registered_it(rp1, browser):
    assert "refresh_token" not in rp1.tokens(browser)


def test_scopes_by_default(basic1, browser):
    assert "refresh_token" in offline(basic1, browser)


def test_offline_access_is_ignored_where_no_refresh_token_follows(gateway, browser):
    """OpenID Connect Core section 11."""
    party = client(gateway, "noref", scope="openid offline_access")
    tokens = offline(party, browser)
    assert tokens["scope"] == "openid" and "refresh_token" not in tokens


def test_t30_another_client(gateway, keeper, app, basic1, browser):
    token = offline(keeper, browser)["refresh_token"]
    answer = basic1.refresh(token)
    assert_refused(answer, "invalid_grant")
    assert "refresh_token" in answer.json()["error_description"]
    assert_refused(app.refresh(token), "invalid_grant")
    rows = [row for row in gateway.audit() if row["event"] == "grant.other_client"]
    assert rows[0]["client_id"] == "keeper" and rows[0]["detail"]["presented_by"] == "app"
    refreshed(keeper, token)
    # nor is a public client's used up, or its family ended, by what another sends
    token = offline(app, browser)["refresh_token"]
    assert_refused(keeper.refresh(token), "invalid_grant")
    newer = refreshed(app, token)["refresh_token"]
    assert_refused(keeper.refresh(token), "invalid_grant")
    refreshed(app, newer)


def test_t30_without_authentication(keeper, browser):
    token = offline(keeper, browser)["refresh_token"]
    assert_refused(keeper.refresh(token, ({}, {})), "invalid_client", 401)
    assert_refused(keeper.refresh(token, ({"client_id": keeper.id}, {})), "invalid_client", 401)
    refreshed(keeper, token)


def test_t31_no_rotation_where_the_client_authenticates(gateway, keeper, basic1, browser):
    for party in (keeper, basic1):
        token = offline(party, browser)["refresh_token"]
        assert refreshed(party, token)["refresh_token"] == token
        with gateway.clock(30):
            again = party.refresh(token, later(party, 30))
            assert again.status_code == 200, again.text
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _, p=party, t=token: p.refresh(t), range(16)))
        assert {answer.status_code for answer in answers} == {200}


def test_t32_reuse_ends_the_family(gateway, app, browser):
    first = offline(app, browser)
    second = refreshed(app, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    third = refreshed(app, second["refresh_token"])
    for tokens in (first, second, third):
        assert app.userinfo(tokens["access_token"]).status_code == 200
    answer = app.refresh(first["refresh_token"])
    assert_refused(answer, "invalid_grant")
    assert "refresh_token" in answer.json()["error_description"]
    for tokens in (first, second, third):
        assert_refused(app.refresh(tokens["refresh_token"]), "invalid_grant")
        assert_dead(app, tokens["access_token"])
    row = next(row for row in gateway.audit() if row["event"] == "grant.revoked")
    assert row["detail"]["why"] == "refresh token used twice"
    # another family of the same person and client lives
    refreshed(app, offline(app, browser)["refresh_token"])


def test_t32_sixty_four_at_once(app, browser):
    token = offline(app, browser)["refresh_token"]
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: app.refresh(token), range(64)))
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1, [answer.text for answer in answers]
    assert {answer.json()["error"] for answer in answers if answer not in good} == {"invalid_grant"}
    assert_dead(app, good[0].json()["access_token"])
    assert_refused(app.refresh(good[0].json()["refresh_token"]), "invalid_grant")


def test_t01_the_code_used_again_ends_it(app, keeper, browser):
    for party in (app, keeper):
        code = party.code(browser, scope="openid offline_access")
        token = party.token(code).json()["refresh_token"]
        assert_refused(party.token(code), "invalid_grant")
        assert_refused(party.refresh(token), "invalid_grant")


def test_t35_scope(keeper, app, browser):
    for party in (keeper, app):
        asked = "openid profile email offline_access"
        tokens = party.tokens(browser, scope=asked, claims=("name", "email"))
        token = tokens["refresh_token"]
        assert_refused(party.refresh(token, scope="openid address"), "invalid_scope")
        less = refreshed(party, token, scope="openid email")
        assert less["scope"] == "openid email"
        assert party.userinfo(less["access_token"]).json().keys() == {"sub", "email"}
        whole = refreshed(party, less["refresh_token"])
        assert whole["scope"] == asked
        assert party.userinfo(whole["access_token"]).json().keys() == {"sub", "name", "email"}
        assert "id_token" not in refreshed(party, whole["refresh_token"], scope="profile")


def test_t38_what_is_none(keeper, browser):
    code = keeper.code(browser, scope="openid offline_access")
    tokens = keeper.token(code).json()
    token = tokens["refresh_token"]
    for wrong in (tokens["access_token"], tokens["id_token"], keeper.code(browser), token + "A",
                  token[:-1], " " + token, "A" * 65, "x", "'; DROP TABLE refresh; --",
                  'a")redis.call("FLUSHALL")'):
        assert_refused(keeper.refresh(wrong), "invalid_grant")
    for missing in (None, ""):
        answer = keeper.refresh(missing)
        assert_refused(answer, "invalid_request")
        assert "refresh_token" in answer.json()["error_description"]
    assert_refused(keeper.token(token), "invalid_grant")  # nor is it a code
    assert keeper.userinfo(token).status_code == 401  # U01
    refreshed(keeper, token)


def test_t39_more_parameters(keeper, browser):
    token = offline(keeper, browser)["refresh_token"]
    refreshed(keeper, token, client_session_host="127.0.0.1", device_code="x", code_verifier="y" * 43,
              backchannel_logout_uri="http://127.0.0.1:1/x", redirect_uri="https://evil.test/")


def test_lives(gateway, keeper, browser):
    """Without offline_access no longer than its session could; with it 30 days, 14 unused."""
    session = keeper.tokens(browser)["refresh_token"]
    long_one = offline(keeper, browser)["refresh_token"]
    unused = offline(keeper, browser)["refresh_token"]

    def at(seconds, token):
        with gateway.clock(seconds):
            return keeper.refresh(token, later(keeper, seconds))

    assert at(11 * HOUR_S, session).status_code == 200
    assert_refused(at(12 * HOUR_S + 60, session), "invalid_grant")
    for day in (10, 20, 29):
        assert at(day * DAY_S, long_one).status_code == 200
    assert_refused(at(30 * DAY_S + 60, long_one), "invalid_grant")
    assert_refused(at(14 * DAY_S + 60, unused), "invalid_grant")


def test_offline_access_is_on_the_page_and_remembered(gateway, keeper, browser):
    def page_of(scope):
        answer = keeper.authorize(browser, scope=scope, prompt="consent")
        while answer.status_code == 303 or Page(answer.text).form_of("login-test"):
            answer = browser.get(answer.headers["Location"]) if answer.status_code == 303 \
                else browser.sign_in(Page(answer.text), "vannak")
        return answer.text

    said = "may go on with this while you are signed out"
    assert said not in page_of("openid")
    assert said in page_of("openid offline_access")
    offline(keeper, browser, persona="vannak")
    assert gateway.dvara("consent", "list", "vannak")[0]["offline"] is True
    answer = keeper.authorize(browser, scope="openid offline_access", prompt="none")
    assert "code" in query_of(answer)


def test_offline_access_is_asked_where_it_was_not(gateway, browser):
    party = client(gateway, "later", grant_types=GRANTS, scope="openid offline_access")
    party.tokens(browser, persona="vannak")
    answer = party.authorize(browser, scope="openid offline_access", prompt="none")
    assert query_of(answer)["error"] == "consent_required"
    assert "refresh_token" in offline(party, browser, persona="vannak")


@pytest.fixture
def rowan(gateway):
    gateway.apply("person", [ROWAN])
    return "rowan"


def test_s07_a_consent_withdrawn(gateway, keeper, app, browser, rowan):
    for party in (keeper, app):
        tokens = offline(party, browser, persona=rowan)
        gateway.dvara("consent", "withdraw", gateway.consent_of(rowan, party.id)["id"])
        assert_refused(party.refresh(tokens["refresh_token"]), "invalid_grant")
        assert_dead(party, tokens["access_token"])
        # what is allowed anew does not bring it back
        newer = offline(party, browser, persona=rowan)["refresh_token"]
        assert_refused(party.refresh(tokens["refresh_token"]), "invalid_grant")
        refreshed(party, newer)


def test_a_consent_that_took_the_place_of_the_first_goes_on(keeper, browser, rowan):
    asked = "openid profile offline_access"
    first = keeper.tokens(browser, persona=rowan, scope=asked, claims=("name",))
    keeper.tokens(browser, persona=rowan, scope=asked, claims=("name", "birthdate"))
    tokens = refreshed(keeper, first["refresh_token"])
    assert keeper.userinfo(tokens["access_token"]).json().keys() == {"sub", "name", "birthdate"}


def test_a_service_that_the_newer_consent_leaves_out(gateway, browser, rowan):
    party = client(gateway, "caller5", scope=None, grant_types=GRANTS, dvara_resources=["a", "b"])
    a, b = (f"{gateway.url}/services/{name}" for name in "ab")
    first = party.tokens(browser, persona=rowan, resource=a)["refresh_token"]
    refreshed(party, first, resource=a)
    party.tokens(browser, persona=rowan, resource=b, prompt="consent")
    assert_refused(party.refresh(first, resource=a), "invalid_grant")
    party.tokens(browser, persona=rowan, prompt="consent")  # all of the client's, again
    refreshed(party, first, resource=a)


def test_a_person_blocked(gateway, keeper, app, browser, rowan):
    for party in (keeper, app):
        gateway.apply("person", [ROWAN])
        token = offline(party, browser, persona=rowan)["refresh_token"]
        block(gateway)
        assert_refused(party.refresh(token), "invalid_grant")
        gateway.apply("person", [ROWAN])
        assert_refused(party.refresh(token), "invalid_grant")  # what ended does not come back
        refreshed(party, offline(party, Browser(gateway), persona=rowan)["refresh_token"])


def test_a_client_removed_and_made_again(gateway, browser):
    party = client(gateway, "passing", grant_types=GRANTS, scope="openid offline_access")
    token = offline(party, browser)["refresh_token"]
    gateway.dvara("client", "remove", party.id)
    time.sleep(CACHED_S)
    assert_refused(party.refresh(token), "invalid_client", 401)
    again = client(gateway, "passing", grant_types=GRANTS, scope="openid offline_access")
    time.sleep(CACHED_S)
    assert_refused(again.refresh(token), "invalid_grant")
    refreshed(again, offline(again, Browser(gateway))["refresh_token"])


def test_a_purpose_changed(gateway, browser, rowan):
    def party(*names):
        time.sleep(CACHED_S)
        return client(gateway, "shifting", grant_types=GRANTS, dvara_purposes=purpose(*names),
                      client_secret="a secret that stays", scope=f"{ALL_SCOPES} offline_access")

    token = offline(party("name"), browser, persona=rowan)["refresh_token"]
    changed = party("name", "birthdate")
    time.sleep(CACHED_S)
    assert_refused(changed.refresh(token), "invalid_grant")
    refreshed(changed, offline(changed, browser, persona=rowan)["refresh_token"])


def test_discovery(gateway):
    known = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert "refresh_token" in known["grant_types_supported"]
    assert "offline_access" in known["scopes_supported"]
