# SPDX-License-Identifier: Apache-2.0
"""Attributes from registers elsewhere: what they are asked, what of their answers counts, and what
happens where they are away."""

import concurrent.futures
import json
import shutil
import signal
import socket
import subprocess
import time

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from pki import key_pem
from register_server import Register
from relying_party import query_of
from test_upstream import Way
from upstream_server import Upstream

PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())
SOPHEA, KHAMLA, MARIEM = "P-100001", "P-100004", "P-100006"
CLAIMS = {"birthdate": {"field": "dob", "type": "date"},
          "gender": {"field": "sex", "values": {"F": "female", "M": "male"}},
          "given_name": "first_name", "family_name": "last_name",
          "address": {"field": "home", "type": "object"}}
LIFE = {"field": "status", "values": {"alive": "active", "died": "dead", "frozen": "blocked"}}
PERSON = {"dob": "1990-01-02", "sex": "F", "first_name": "Sophea", "last_name": "Sok",
          "home": {"locality": "Battambang"}, "status": "alive"}
OPEN_S = 5.2  # after five failures a circuit is open for as long


@pytest.fixture(scope="module")
def civil(tmp_path_factory):
    with Register(tmp_path_factory.mktemp("civil"), "civil") as running:
        yield running


@pytest.fixture(scope="module")
def phones(tmp_path_factory):
    with Register(tmp_path_factory.mktemp("phones"), "phones") as running:
        yield running


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    """It compares, and tells nothing."""
    with Register(tmp_path_factory.mktemp("bureau"), "bureau") as running:
        yield running


@pytest.fixture(scope="module")
def inside():
    """Something that listens at a private address which nobody allowed."""
    with socket.create_server(("127.0.0.2", 0)) as listening:
        listening.settimeout(0.1)
        yield listening


@pytest.fixture(scope="module")
def up():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, civil, phones, bureau, up, inside):
    folder = tmp_path_factory.mktemp("sources")
    files = folder / "sources"
    files.mkdir()
    civil.write(files, claims=CLAIMS, life=LIFE, max_age_s=3600)
    phones.write(files, asked_by="email", claims={"phone_number": "msisdn"}, timeout_ms=4000,
                 title={"en": "Telephone Office"})
    own_key = jwt_tools.ec_key()
    bureau.keys = {"keys": [jwt_tools.public_jwk(own_key, jwt_tools.thumbprint(own_key))]}
    bureau.pem("signing.key", key_pem(own_key))
    bureau.write(files, matches={"document_number": {"field": "doc", "threshold": 0.9},
                                 "name": "full"},
                 signing_key_file=str(bureau.folder / "bureau-signing.key"))
    (files / "inside.json").write_text(json.dumps({
        "title": {"en": "Inside"}, "url": f"https://127.0.0.2:{inside.getsockname()[1]}/ask",
        "claims": {"inside_number": "n"}}))
    upstreams = folder / "upstreams"
    upstreams.mkdir()
    up.write(upstreams, "up1", person={"link": False, "match": {
        "claim": "national_id", "to": "register_key", "verified": "always"}})
    with Gateway(folder, {"sources.folder": files, "outbound.allow": "127.0.0.1",
                          "upstream.folder": upstreams, "login.methods": "upstream",
                          "gateway.loops": 1}) as running:
        running.apply("person", PERSONAS)
        civil.keys_url = phones.keys_url = f"{running.url}/jwks"
        yield running


@pytest.fixture(autouse=True)
def honest(civil, phones, bureau):
    for register in (civil, phones, bureau):
        register.reset()
        register.asked.clear()
        register.refused.clear()
        register.people.clear()
    civil.people.update({SOPHEA: dict(PERSON), KHAMLA: {"dob": "1980-05-06", "status": "alive"}})
    phones.people["sophea@people.example"] = {"msisdn": "+85512000001"}
    yield
    assert not civil.refused and not phones.refused and not bureau.refused


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


def test_what_leaves_is_asked_and_nothing_else(gateway, civil, phones, rp):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate", "phone_number"),
                       scope="openid profile phone")
    del civil.asked[:], phones.asked[:]
    claims = rp.userinfo(tokens["access_token"]).json()
    assert claims.keys() - {"phone_number_verified"} == {"sub", "birthdate", "phone_number"}
    assert claims["birthdate"] == "1990-01-02", "not the built-in register's"
    assert claims["phone_number"] == "+85512000001"
    assert civil.fields_asked() == [["dob", "status"]]
    assert phones.fields_asked() == [["msisdn"]]
    assert civil.asked[0]["key"] == SOPHEA
    assert civil.asked[0]["iss"] == gateway.url
    assert phones.asked[0]["key"] == "sophea@people.example"
    row = gateway.sql("SELECT claims, channel FROM ledger ORDER BY id DESC LIMIT 1")[0]
    assert {"birthdate", "phone_number"} <= set(json.loads(row[0])) and row[1] == "userinfo"


def test_what_can_be_corrected_is_every_office_s(gateway, civil, phones, bureau, rp):
    """Names of what they give or compare; nobody is asked for a value, nor whether there is one."""
    browser = Browser(gateway)
    rp.tokens(browser)
    for register in (civil, phones, bureau):
        del register.asked[:]
    form = Page(browser.get("/account/complain").text).form_of("complaint")
    offered = [name for name in form.options["detail"] if name]
    assert {"birthdate", "given_name", "phone_number", "inside_number", "document_number",
            "email"} <= set(offered)
    assert len(offered) == len(set(offered))
    answer = browser.post("/account/complaints", {
        **dict(form.fields), "detail": "inside_number", "text": "It is another."})
    assert answer.status_code == 303
    assert not civil.asked and not phones.asked and not bureau.asked
    # The twin: an office that is asked by an address has nothing of who has none.
    sophea = next(one for one in PERSONAS if one["short_name"] == "sophea")
    claims = {name: value for name, value in sophea["claims"].items()
              if not name.startswith(("email", "phone"))}
    gateway.apply("person", [{**sophea, "claims": claims}])
    assert "phone_number" not in browser.get("/account/complain").text
    gateway.apply("person", PERSONAS)


def test_the_address_and_the_log_name_nobody(gateway, civil, rp):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate",), scope="openid profile")
    rp.userinfo(tokens["access_token"])
    assert civil.asked
    assert SOPHEA not in gateway.log() and "1990-01-02" not in gateway.log()


def test_of_a_predicate_its_base_is_asked_and_stays(gateway, civil):
    adults = client(gateway, "adults", jwt_tools.ec_key(), dvara_purposes=[{
        "id": "age", "why": {"en": "Your age"},
        "claims": [{"name": "age_over_30", "essential": True}]}])
    browser = Browser(gateway)
    back = browser.walk(adults.authorize(
        browser, claims=json.dumps({"userinfo": {"age_over_30": None}})))
    token = adults.token(query_of(back)["code"]).json()["access_token"]
    del civil.asked[:]
    claims = adults.userinfo(token).json()
    assert claims.keys() == {"sub", "age_over_30"} and claims["age_over_30"] is True
    assert civil.fields_asked() == [["dob", "status"]]


def test_nobody_there_is_not_known(gateway, civil, phones, rp):
    del civil.people[KHAMLA]
    tokens = rp.tokens(Browser(gateway), persona="khamla", claims="all",
                       scope="openid profile phone")
    claims = rp.userinfo(tokens["access_token"]).json()
    assert not claims.keys() & {"birthdate", "gender", "phone_number"}
    assert claims["nickname" if "nickname" in claims else "name"]


@pytest.mark.parametrize("lie", [
    {"changes": {"key": KHAMLA}}, {"changes": {"key": None}}, {"changes": {"request": "x"}},
    {"changes": {"request": None}}, {"changes": {"found": None}}, {"changes": {"found": "yes"}},
    {"changes": {"as_of": None}}, {"changes": {"as_of": "2026"}}, {"changes": {"as_of": 1}},
    {"changes": {"as_of": 99999999999}}, {"fields": {"dob": "02.01.1990"}},
    {"fields": {"dob": 1990}}, {"fields": {"dob": {"day": 1}}}, {"fields": {"status": "gone"}},
    {"fields": {"status": None}}, {"body": b"[]"}, {"body": b"no json"}, {"body": b""},
    {"body": b'{"a":' * 20 + b"1" + b"}" * 20}, {"body": b'{"key": "' + b"x" * 70000 + b'"}'},
    {"status": 404}, {"status": 302}, {"kind": "text/html"}], ids=str)
def test_an_answer_that_is_not_believed(gateway, civil, rp, lie):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate",), scope="openid profile")
    for name, value in lie.items():
        setattr(civil, name, value)
    answer = rp.userinfo(tokens["access_token"])
    assert_away(answer)
    civil.reset()
    assert rp.userinfo(tokens["access_token"]).json()["birthdate"] == "1990-01-02"


def assert_away(answer):
    """Passing, and the same whoever it is about and whatever went wrong."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"] == "temporarily_unavailable"
    assert answer.json()["error_description"] == "the request could not be answered now"


def test_what_was_not_asked_does_not_leave(gateway, civil, rp):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate",), scope="openid profile")
    civil.fields = {"first_name": "Eve", "sex": "M", "email": "eve@evil.test"}
    claims = rp.userinfo(tokens["access_token"]).json()
    assert claims.keys() == {"sub", "birthdate"}


def test_the_consent_page_says_who_says_so(gateway, civil, rp):
    text = before_consent(rp, Browser(gateway)).text
    assert "Civil Registry" in text and "2 January 1990" in text and "Battambang" in text


def before_consent(rp, browser, persona="sophea", **changes):
    """The consent page, or what stands in its place."""
    answer = rp.authorize(browser, **{"scope": "openid profile address", "prompt": "consent",
                                      **changes})
    while answer.status_code == 303 or Page(answer.text).form_of("login-test"):
        answer = browser.sign_in(Page(answer.text), persona) if answer.status_code == 200 \
            else browser.get(answer.headers["Location"])
    return answer


def test_away_on_the_consent_page_is_neither_unknown_nor_refused(gateway, civil, rp):
    """What is voluntary is left out today, and asked again another day."""
    browser = Browser(gateway)
    civil.status = 500
    page = before_consent(rp, browser)
    boxes = Page(page.text).form_of("consent").boxes()
    assert "nickname" in boxes and not {"birthdate", "gender", "address"} & set(boxes)
    assert "cannot be reached now, so you cannot share" in page.text
    assert "Civil Registry" in page.text and "Date of birth" in page.text
    assert "code" in query_of(browser.walk(browser.decide(Page(page.text), True, "all")))
    civil.reset()
    page = before_consent(rp, browser, prompt=None)
    assert "birthdate" in Page(page.text).form_of("consent").boxes()


def test_away_with_what_the_client_needs_is_for_later(gateway, civil):
    needs = client(gateway, "needs", jwt_tools.ec_key(), dvara_purposes=[{
        "id": "age", "why": {"en": "Your age"},
        "claims": [{"name": "age_over_18", "essential": True}]}])
    browser, asked = Browser(gateway), json.dumps({"userinfo": {"age_over_18": None}})
    civil.status = 500
    page = before_consent(needs, browser, scope="openid", claims=asked)
    assert page.status_code == 503 and int(page.headers["Retry-After"]) > 0
    assert "An office cannot be reached now" in page.text
    civil.reset()
    answer = browser.walk(browser.get(page.url))
    assert "code" in query_of(answer), "the way goes on where it stood"


def test_away_at_the_token_endpoint_costs_no_code(gateway, civil):
    """Nor the refresh token: what is to be in the ID token can be fetched when the office is back."""
    keeper = client(gateway, "keeper", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                    grant_types=["authorization_code", "refresh_token"])
    browser = Browser(gateway)
    page = before_consent(keeper, browser, claims=json.dumps({"id_token": {"birthdate": None}}))
    code = query_of(browser.walk(browser.decide(Page(page.text), True, "all")))["code"]
    civil.status = 500
    assert_away(keeper.token(code))
    civil.reset()
    tokens = keeper.token(code).json()
    assert keeper.id_token(tokens)["birthdate"] == "1990-01-02"
    civil.status = 500
    assert_away(keeper.refresh(tokens["refresh_token"]))
    civil.reset()
    assert keeper.refresh(tokens["refresh_token"]).status_code == 200


def test_who_is_dead_there_signs_in_no_more(gateway, civil, rp):
    gateway.apply("person", [{"register_key": "T-9", "short_name": "tom",
                              "claims": {"name": "Tom", "email": "tom@x.test"}}])
    civil.people["T-9"] = {**PERSON, "status": "alive"}
    browser = Browser(gateway)
    tokens = rp.tokens(browser, persona="tom", claims=("birthdate",), scope="openid profile")
    assert rp.userinfo(tokens["access_token"]).status_code == 200
    civil.people["T-9"]["status"] = "died"
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert gateway.sql("SELECT life FROM source_life WHERE register_key = 'T-9'") == [("dead",)]
    page = rp.sign_in(Browser(gateway), persona="tom")
    assert "died" in page.text and page.status_code in (400, 403)
    civil.people["T-9"]["status"] = "alive"
    assert "code" in query_of(rp.sign_in(Browser(gateway), persona="tom")), "they were mistaken"


def test_a_death_is_heard_where_tokens_are_refreshed(gateway, civil):
    """Of who does not come back: once the register's word is older than [sources] life."""
    gateway.apply("person", [{"register_key": "T-8", "short_name": "tia",
                              "claims": {"name": "Tia"}}])
    civil.people["T-8"] = dict(PERSON)
    away = client(gateway, "away", jwt_tools.ec_key(), scope="openid offline_access",
                  grant_types=["authorization_code", "refresh_token"])
    tokens = away.tokens(Browser(gateway), persona="tia", scope="openid offline_access",
                         prompt="consent")
    del civil.asked[:]
    tokens = away.refresh(tokens["refresh_token"]).json()
    assert civil.asked == [], "its word is young"
    with gateway.clock(3700):
        civil.offset_s = 3700
        civil.status = 500
        tokens = away.refresh(tokens["refresh_token"], away.credentials(3700)).json()
        assert civil.fields_asked() == [["status"]], "away: its last word holds"
        civil.reset()
        civil.people["T-8"]["status"] = "died"
        civil.offset_s = 3700
        answer = away.refresh(tokens["refresh_token"], away.credentials(3700))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert len(civil.asked) == 2


def test_a_register_knows_people_by_itself(gateway, civil, rp, up):
    """Whom the built-in register does not have: known while it says so; where it is away for the
    first time, nobody is called unknown."""
    civil.people["N-7"] = dict(PERSON)
    way = Way(gateway, rp, up).leave()
    civil.status = 500
    page = way.back(code=up.code(way.query, "s-7", national_id="N-7"))
    assert page.status_code == 503 and "cannot be reached" in page.text
    civil.reset()
    way = Way(gateway, rp, up).leave()
    claims = way.succeeds(way.back(code=up.code(way.query, "s-7", national_id="N-7")))
    assert claims["sub"] and civil.asked[-1]["key"] == "N-7"
    way = Way(gateway, rp, up, browser=Browser(gateway)).leave()
    page = way.back(code=up.code(way.query, "s-8", national_id="N-8"))
    assert "cannot find you" in page.text, page.text


def test_at_sign_in_only_life_is_asked(gateway, civil, phones, rp):
    rp.tokens(Browser(gateway), scope="openid")
    assert civil.fields_asked() == [["status"]] and phones.asked == []


def test_away_at_sign_in_the_last_word_holds(gateway, civil, rp):
    rp.tokens(Browser(gateway), scope="openid")
    civil.status = 500
    rp.tokens(Browser(gateway), scope="openid")
    civil.reset()
    rp.tokens(Browser(gateway), scope="openid")


def test_a_slow_register_takes_no_longer_than_its_file_says(gateway, civil, rp):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate",), scope="openid profile")
    civil.hold()
    assert_away(rp.userinfo(tokens["access_token"]))
    civil.reset()
    assert rp.userinfo(tokens["access_token"]).status_code == 200


def test_side_by_side_and_others_go_on(gateway, civil, phones, rp):
    """Both are under way at once; who needs neither is not kept waiting by them."""
    tokens = rp.tokens(Browser(gateway), claims=("birthdate", "phone_number"),
                       scope="openid profile phone")
    other = client(gateway, "other", jwt_tools.ec_key())
    plain = other.tokens(Browser(gateway), scope="openid email", claims=("email",))
    del civil.asked[:], phones.asked[:]
    for register in (civil, phones):
        register.hold()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        slow = pool.submit(rp.userinfo, tokens["access_token"])
        until = time.monotonic() + 30
        while not (civil.asked and phones.asked):
            assert time.monotonic() < until, "both are asked while neither has answered"
            time.sleep(0.01)
        assert other.userinfo(plain["access_token"]).status_code == 200
        assert not slow.done()
        for register in (civil, phones):
            register.reset()
        assert slow.result().status_code == 200


def test_a_circuit_opens_and_closes(gateway, civil, rp):
    tokens = rp.tokens(Browser(gateway), claims=("birthdate",), scope="openid profile")
    del civil.asked[:]
    civil.status = 500
    for _ in range(6):
        assert_away(rp.userinfo(tokens["access_token"]))
    assert len(civil.asked) == 5
    civil.reset()
    time.sleep(OPEN_S)
    assert rp.userinfo(tokens["access_token"]).status_code == 200
    assert len(civil.asked) == 6


def test_an_address_that_is_not_allowed_is_not_called(gateway, inside):
    wants = client(gateway, "wants", jwt_tools.ec_key(), dvara_purposes=[{
        "id": "inside", "why": {"en": "Your number"},
        "claims": [{"name": "inside_number", "essential": True}]}])
    page = before_consent(wants, Browser(gateway), scope="openid",
                          claims=json.dumps({"userinfo": {"inside_number": None}}))
    assert page.status_code == 503 and "127.0.0.2" not in page.text
    with pytest.raises(TimeoutError):
        inside.accept()


@pytest.mark.parametrize("changes, named", [
    ({}, None),
    ({"claims": {"birthdate": {"field": "dob", "type": "day"}}}, "birthdate"),
    ({"clams": {}}, "clams"),
    ({"ca_file": "nowhere.pem"}, "nowhere.pem"),
    ({"certificate_file": "phones-gateway.pem"}, "is not of the key"),
    ({"url": "http://registry.example/ask"}, "url")], ids=str)
def test_dvara_check_names_what_is_wrong(gateway, civil, phones, tmp_path, changes, named):
    for path in [*civil.folder.glob("civil-*"), *phones.folder.glob("phones-*")]:
        shutil.copy(path, tmp_path)
    made = {**civil.configuration(claims=CLAIMS), **changes}
    (tmp_path / "sources").mkdir()
    for member in ("certificate_file", "key_file", "ca_file"):
        made[member] = f"../{made[member]}"
    (tmp_path / "sources/civil.json").write_text(json.dumps(made))
    done = subprocess.run(
        [gateway.bin / "dvara", "check", "--config", gateway.config], check=False, timeout=60,
        capture_output=True, text=True,
        env={**gateway.environment(), "DVARA_SOURCES_FOLDER": str(tmp_path / "sources")})
    if named is None:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 1 and named in done.stderr


DOCUMENT, NAME = "number_matches:document_number", "name_matches:name"


@pytest.fixture(scope="module")
def lender(gateway):
    return client(gateway, "lender", jwt_tools.ec_key(), dvara_purposes=[{
        "id": "loan", "why": {"en": "Your loan"},
        "claims": [{"name": DOCUMENT}, {"name": NAME}]}])


def matched(lender, persona="sophea", **brought):
    """What userinfo says of what the request brings."""
    browser = Browser(lender.gateway)
    page = before_consent(lender, browser, persona, scope="openid", claims=json.dumps(
        {"userinfo": {name: {"value": value} for name, value in brought.items()}}))
    answer = browser.walk(browser.decide(Page(page.text), True, "all"))
    token = lender.token(query_of(answer)["code"]).json()["access_token"]
    return lender.userinfo(token)


def test_a_register_compares_and_tells_nothing(bureau, lender):
    bureau.people[SOPHEA] = {"full": "Sok Sophea"}
    bureau.scores = {"doc": 0.93}
    assert matched(lender, **{DOCUMENT: "KH 1"}).json()[DOCUMENT] is True
    assert bureau.asked[-1]["matches"] == {"doc": "KH 1"} and bureau.asked[-1]["fields"] == []
    bureau.scores = {"doc": 0.89}
    assert matched(lender, **{DOCUMENT: "KH 2"}).json()[DOCUMENT] is False
    bureau.scores = None
    assert matched(lender, **{NAME: "Sok Sophea"}).json()[NAME] is True
    assert matched(lender, **{NAME: "Sok Sophal"}).json()[NAME] is False


def test_who_is_not_there_matches_nothing_and_an_answer_must_be_one(bureau, lender):
    assert matched(lender, "khamla", **{DOCUMENT: "KH 3"}).json().get(DOCUMENT) is False
    bureau.people[KHAMLA] = {}
    bureau.scores = {"doc": True}
    browser = Browser(lender.gateway)
    page = before_consent(lender, browser, "khamla", scope="openid", claims=json.dumps(
        {"userinfo": {DOCUMENT: {"value": "KH 4"}}}))
    assert "cannot be reached now" in page.text


def test_a_fourth_try_is_not_answered(bureau, lender):
    """However a register compares, nobody searches by it."""
    bureau.people[MARIEM] = {}
    bureau.scores = {"doc": 0.1}
    answers = [matched(lender, "mariem", **{DOCUMENT: f"KH {n}"}).json().get(DOCUMENT)
               for n in range(4)]
    assert answers == [False, False, False, None]


def reloaded(gateway):
    """After a SIGHUP: what the log says of it."""
    before = len(gateway.log())
    gateway.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while "reload" not in gateway.log()[before:] and time.monotonic() < until:
        time.sleep(0.02)
    return gateway.log()[before:]


def test_a_file_counts_after_a_reload_and_a_broken_one_not_at_all(gateway, civil, rp):
    files = gateway.folder / "sources"
    whole = (files / "civil.json").read_text()
    (files / "civil.json").write_text(json.dumps(
        {**json.loads(whole), "title": {"en": "Renamed Office"}}))
    reloaded(gateway)
    assert "Renamed Office" in before_consent(rp, Browser(gateway)).text
    (files / "civil.json").write_text("{}")
    assert "civil.json" in reloaded(gateway)
    assert "Renamed Office" in before_consent(rp, Browser(gateway)).text
    (files / "civil.json").write_text(whole)
    reloaded(gateway)
    assert "Civil Registry" in before_consent(rp, Browser(gateway)).text
