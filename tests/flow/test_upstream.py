# SPDX-License-Identifier: Apache-2.0
"""Login by another OpenID provider: the cases of CASES-N.md by their ids."""

import concurrent.futures
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization as form

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of
from upstream_server import HIGH, LOW, SUBSTANTIAL, Upstream, basic_of

PHONE = {"phone_number": "+12025550101", "phone_number_verified": True}  # Sophea's
CHOOSER = "/login?tx="
ASKER = "RP</bdi> asks you to sign in."


@pytest.fixture(scope="module")
def up():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def up2():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, up, up2):
    folder = tmp_path_factory.mktemp("upstream")
    files = folder / "upstreams"
    files.mkdir()
    up.write(files, "up1")
    up2.write(files, "up2", title={"en": "Other", "fr": "Autre"}, userinfo=True,
              token_endpoint_auth_method="client_secret_post",
              person={"match": {"claim": "national_id", "to": "register_key",
                                "verified": "always"}})
    up2.write(files, "known", person={"link": False})
    up2.write(files, "abroad", person={"link": False, "enroll": {"claims": {
        "name": "name", "personal_number": "personal_number"}}})
    up2.write(files, "phone", title={"en": "By phone"}, acr=None, acr_default=LOW,
              parameters={"platform": "Web", "needotp": "true"},
              asks=[{"parameter": "phone", "kind": "phone", "label": {"en": "Phone number"}}])
    with Gateway(folder, {"upstream.folder": files, "login.methods": "upstream",
                          "outbound.allow": "127.0.0.1"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


class Way:
    """One person on the way through an upstream."""

    def __init__(self, gateway, rp, up, name="up1", browser=None, **changes):
        self.gateway, self.rp, self.up, self.name = gateway, rp, up, name
        self.browser = browser or Browser(gateway)
        answer = rp.authorize(self.browser, **changes)
        assert answer.status_code == 303, answer.text
        self.verifier, self.chooser = rp.verifier, answer.headers["Location"]
        self.tx = self.chooser.partition("tx=")[2]

    def row(self):
        return Page(self.browser.get(self.chooser).text).ids[f"login-upstream-{self.name}"]

    def leave(self):
        self.query = self.up.query_of(self.browser.get(self.row()["href"]))
        return self

    def back(self, code=None, browser=None, **parameters):
        if code is None and "code" not in parameters:
            code = self.up.code(self.query, **PHONE)
        sent = {"code": code, "state": self.query["state"], **parameters}
        return (browser or self.browser).get(
            f"/login/upstream/{self.name}/callback",
            params={name: value for name, value in sent.items() if value is not None})

    def succeeds(self, answer=None):
        """To the client with a code, and the ID token behind it."""
        answer = self.back() if answer is None else answer
        assert is_signed_in(answer), answer.text
        answer = self.browser.walk(answer)
        assert answer.headers["Location"].startswith(self.rp.redirect_uri), answer.text
        self.rp.verifier = self.verifier
        return self.rp.id_token(self.rp.token(query_of(answer)["code"]).json())

    def is_refused(self, answer, reason):
        """A page that leads back to the chooser, where this way works the next time."""
        told(answer, reason)
        assert self.browser.cookie("dvara_session") is None
        assert f"{CHOOSER}{self.tx}" in Page(answer.text).links
        self.up.reset()
        self.leave()
        self.succeeds()


def is_signed_in(answer):
    """Back from there, a page of ours that goes on by itself; else a redirect."""
    return answer.status_code == 303 or "Refresh" in answer.headers


def told(answer, reason):
    heads = {
        "upstream-failed": "could not be checked", "upstream-away": "does not answer",
        "upstream-refused": "did not sign you in", "upstream-level": "not strong enough",
        "link-used": "used already", "other-browser": "another browser",
        "transaction-gone": "took too long", "upstream-unknown": "cannot find you"}
    assert answer.status_code in (400, 403, 503), answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")
    assert heads[reason] in answer.text, answer.text


@pytest.fixture
def way(gateway, rp, up):
    up.reset()
    return Way(gateway, rp, up).leave()


def test_the_chooser_shows_what_reaches_the_level(gateway, rp):
    """A portal asks for a level, not for a method."""
    def rows(**changes):
        browser = Browser(gateway)
        page = Page(browser.get(rp.authorize(browser, **changes).headers["Location"]).text)
        return {one for one in page.ids if one.startswith("login-upstream-")}

    assert {"login-upstream-phone", "login-upstream-up1"} <= rows()
    assert rows(acr_values=LOW) == rows()
    assert rows(acr_values=SUBSTANTIAL) == rows() - {"login-upstream-phone"}
    assert rows(acr_values=HIGH) == rows(), "a wish that no way in can fulfil"


def test_login_by_another_provider(gateway, rp, up):
    """Basic: PKCE, nonce, state, our own name there; the level and amr as mapped."""
    up.reset()
    way = Way(gateway, rp, up, acr_values=SUBSTANTIAL, login_hint="theirs").leave()
    assert way.query["client_id"] == "dvara:gateway" and way.query["tenant"] == "1"
    assert way.query["redirect_uri"] == f"{gateway.url}/login/upstream/up1/callback"
    assert way.query["scope"] == "openid phone" and way.query["response_type"] == "code"
    assert way.query["code_challenge_method"] == "S256" and way.query["ui_locales"] == "en"
    assert way.query["acr_values"] == "loa2"
    assert "login_hint" not in way.query and "claims" not in way.query  # N58
    id_token = way.succeeds(way.back(up.code(way.query, **PHONE, amr=["otp", "hwk", "x", 1])))
    assert id_token["acr"] == SUBSTANTIAL and id_token["amr"] == ["fed", "otp"]
    assert basic_of(up.last_headers) == ("dvara:gateway", "s3cret & more")
    assert gateway.audit()[0]  # there is one at all
    assert '"upstream:up1"' in json.dumps(gateway.audit())


def test_second_login_is_by_the_link(gateway, rp, up):
    """N39, N46: linked once, the attribute is looked at no more."""
    up.reset()
    first = Way(gateway, rp, up).leave()
    sub = first.succeeds(first.back(up.code(first.query, "linked", **PHONE)))["sub"]
    assert sum(row["event"] == "link.added" for row in gateway.audit()) >= 1
    for more in ({}, {"phone_number": "+12025550102", "phone_number_verified": True}):
        again = Way(gateway, rp, up).leave()
        assert again.succeeds(again.back(up.code(again.query, "linked", **more)))["sub"] == sub
    assert "linked" not in json.dumps(gateway.sql("SELECT * FROM link"))


def test_n01_iss_of_another(way, up, up2):
    n = up.n_asked("/token")
    answer = way.back(iss=up2.issuer)
    assert up.n_asked("/token") == n
    way.is_refused(answer, "upstream-failed")


def test_n03_state_at_another_callback(way, up, up2):
    n = len(up.asked), len(up2.asked)
    told(way.browser.get("/login/upstream/up2/callback",
                         params={"code": "x", "state": way.query["state"]}), "link-used")
    assert (len(up.asked), len(up2.asked)) == n
    way.succeeds()


@pytest.mark.parametrize("state", [None, "", "invented", "s" * 4096])
def test_n04_invented_state(way, state):
    told(way.back("x", state=state), "link-used")
    way.succeeds()


def test_n05_twice(way, up):
    code = up.code(way.query, **PHONE)
    answer = way.back(code)
    n = up.n_asked("/token")
    told(way.back(code), "link-used")
    assert up.n_asked("/token") == n
    way.succeeds(answer)


def test_n06_two_at_once(way, up):
    code, n = up.code(way.query, **PHONE), up.n_asked("/token")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: way.back(code, browser=clone(way.browser)), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    assert up.n_asked("/token") == n + 1


def clone(browser):
    """With the same cookies, for another thread."""
    other = Browser(browser.gateway)
    other.http.cookies.update(browser.http.cookies)
    return other


def test_n07_other_browser(gateway, rp, way):
    other = Browser(gateway)
    told(way.back("x", browser=other), "other-browser")
    rp.authorize(other)  # it has a cookie of its own now
    told(way.back("x", browser=other), "other-browser")
    way.succeeds()


def test_n08_too_late(gateway, way, up):
    code, n = up.code(way.query, **PHONE), up.n_asked("/token")
    with gateway.clock(16 * 60):
        told(way.back(code), "link-used")
    assert up.n_asked("/token") == n
    way.succeeds(way.back(code))


def test_n08_gone_on_by_another_way(gateway, way, up):
    page = Page(way.browser.get(way.chooser).text)
    assert way.browser.sign_in(page, "sophea").status_code == 303
    told(way.back(), "link-used")


def test_n09_the_person_said_no(way):
    answer = way.browser.get("/login/upstream/up1/callback", params={
        "state": way.query["state"], "error": "access_denied",
        "error_description": "come to evil.test", "error_uri": "https://evil.test/"})
    assert "evil" not in answer.text
    way.is_refused(answer, "upstream-refused")


@pytest.mark.parametrize("parameters", [
    {"error": "server_error"}, {"error": "<script>alert(1)</script>"}, {},
    {"error": "temporarily_unavailable", "code": "x"}, {"code": ""}, {"code": "c" * 4097}])
def test_n10_errors(way, up, parameters):
    n = up.n_asked("/token")
    answer = way.browser.get("/login/upstream/up1/callback",
                             params={"state": way.query["state"], **parameters})
    assert "script>alert" not in answer.text and up.n_asked("/token") == n
    way.is_refused(answer, "upstream-failed")


def test_n11_post_and_twice(way):
    assert way.browser.post("/login/upstream/up1/callback", {"code": "x"}).status_code == 405
    assert way.browser.get(
        f"/login/upstream/up1/callback?state={way.query['state']}&code=a&code=b").status_code == 400
    way.succeeds()


NOW = int(time.time())
BROKEN_CLAIMS = {
    "n12_no_nonce": {"nonce": None}, "n12_other_nonce": {"nonce": "n"},
    "n12_number_nonce": {"nonce": 1},
    "n13_no_aud": {"aud": None}, "n13_other_aud": {"aud": "other"}, "n13_empty": {"aud": []},
    "n13_two": {"aud": ["dvara:gateway", "other"]},
    "n13_azp": {"azp": "other"}, "n13_two_azp": {"aud": ["dvara:gateway", "other"], "azp": "other"},
    "n14_no_iss": {"iss": None}, "n14_iss": {"iss": "https://other.test"},
    "n17_exp": {"exp": NOW - 120}, "n17_no_exp": {"exp": None}, "n17_no_iat": {"iat": None},
    "n17_iat_ahead": {"iat": NOW + 3600}, "n17_iat_past": {"iat": NOW - 3600},
    "n17_text": {"exp": str(NOW + 300)},
    "n18_no_sub": {"sub": None}, "n18_empty": {"sub": ""}, "n18_number": {"sub": 1},
    "n18_long": {"sub": "s" * 256}, "n18_control": {"sub": "s\n1"},
    "n21_at_hash": {"at_hash": jwt_tools.half_hash("other")},
}


@pytest.mark.parametrize("name", BROKEN_CLAIMS)
def test_broken_claims(way, up, name):
    """N12 to N14, N17, N18, N21."""
    up.claims = BROKEN_CLAIMS[name]
    way.is_refused(way.back(), "upstream-failed")


def test_n13_two_and_our_azp(way, up):
    up.claims = {"aud": ["dvara:gateway", "other"], "azp": "dvara:gateway"}
    way.succeeds()


def test_n14_a_slash_more(way, up):
    up.claims = {"iss": up.issuer + "/"}
    way.is_refused(way.back(), "upstream-failed")


def hs256(secret):
    def make(header, claims):
        signed = ".".join(jwt_tools.b64u(jwt_tools.text_of(part)) for part in
                          ({**header, "alg": "HS256"}, claims))
        return signed + "." + jwt_tools.b64u(
            hmac.new(secret, signed.encode(), hashlib.sha256).digest())
    return make


def unsigned(tail):
    return lambda header, claims: ".".join(
        jwt_tools.b64u(jwt_tools.text_of(part)) for part in
        ({**header, "alg": "none"}, claims)) + "." + tail


BROKEN_TOKENS = {
    "n15_none": unsigned(""), "n15_none_signed": unsigned("AAAA"),
    "n15_hs256_secret": hs256(b"s3cret & more"),
    "n20_no_dots": lambda header, claims: "x" * 100,
    "n20_dots": lambda header, claims: "...",
    "n20_long": lambda header, claims: "a." + "b" * 70000 + ".c",
    "n20_number": lambda header, claims: 7,
    "n23_jwe": lambda header, claims: "e30.a.b.c.d",
}


@pytest.mark.parametrize("name", BROKEN_TOKENS)
def test_broken_tokens(way, up, name):
    """N15, N20, N23."""
    up.make = BROKEN_TOKENS[name]
    answer = way.back()
    if name == "n20_long":
        told(answer, "upstream-away")  # more than an answer may have
    else:
        way.is_refused(answer, "upstream-failed")


def test_n15_hs256_with_the_public_key(way, up):
    pem = up.keys[0][1].public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    up.make = hs256(pem)
    way.is_refused(way.back(), "upstream-failed")


def test_n15_another_alg_of_the_same_key(way, up):
    up.alg = "PS256"
    way.is_refused(way.back(), "upstream-failed")


def test_n16_keys_of_others(way, up):
    other = jwt_tools.rsa_key()
    up.key, up.header = other, {
        "jwk": jwt_tools.public_jwk(other), "jku": f"{up.issuer}/jwks", "kid": "u1"}
    way.is_refused(way.back(), "upstream-failed")


@pytest.mark.parametrize("header", [
    {"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"crit": ["exp"]}, {"b64": False}, {"kid": 7}])
def test_n19_headers(way, up, header):
    up.header = header
    way.is_refused(way.back(), "upstream-failed")


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": 60}])
def test_n22_signed_in_too_long_ago(gateway, rp, up, changes):
    up.reset()
    way = Way(gateway, rp, up, **changes).leave()
    assert way.query["max_age"] == str(changes.get("max_age", 0))
    assert way.query.get("prompt") == changes.get("prompt")
    told(way.back(), "upstream-failed")
    way.leave()
    told(way.back(up.code(way.query, auth_time=NOW - 600, **PHONE)), "upstream-failed")
    way.leave()
    way.succeeds(way.back(up.code(way.query, auth_time=int(time.time()), **PHONE)))


def test_n24_n25_new_keys(gateway, rp, up):
    """A new key is believed at once; invented ones make us ask once more a minute at most."""
    up.reset()
    Way(gateway, rp, up).leave().succeeds()
    up.keys.insert(0, ("u2", jwt_tools.rsa_key()))
    n = up.n_asked("/jwks")
    Way(gateway, rp, up).leave().succeeds()
    assert up.n_asked("/jwks") == n + 1
    for i in range(6):
        up.header = {"kid": f"invented-{i}"}
        told(Way(gateway, rp, up).leave().back(), "upstream-failed")
    assert up.n_asked("/jwks") == n + 1
    up.reset()
    Way(gateway, rp, up).leave().succeeds()


def test_n33_token_answers(way, up):
    for token in ({"id_token": None}, {"token_type": "N_A"}, {"token_type": None}):
        up.token = token
        told(way.back(), "upstream-failed")
        way.leave()
    up.token = {}
    up.pages["/token"] = (400, "application/json", {"error": "invalid_grant"})
    way.is_refused(way.back(), "upstream-failed")


def test_n34_userinfo(gateway, rp, up2):
    """The person's number at userinfo alone; of another sub it is nobody's."""
    up2.reset()
    way = Way(gateway, rp, up2, "up2").leave()
    for broken in ({"sub": "other"}, {"sub": None}):
        up2.userinfo = {"national_id": "P-100001", **broken}
        told(way.back(up2.code(way.query, "u-1")), "upstream-failed")
        way.leave()
    up2.userinfo = {"national_id": "P-100001"}
    way.succeeds(way.back(up2.code(way.query, "u-1")))
    assert up2.last_form["client_secret"] == "s3cret & more"


def test_n36_levels(gateway, rp, up):
    up.reset()
    for acr in ("loa9", HIGH, SUBSTANTIAL, "LOA2", ["loa2"], None, "loa2 "):
        way = Way(gateway, rp, up).leave()
        up.claims = {"acr": acr}
        told(way.back(), "upstream-level")
    up.claims = {"acr": "loa1"}
    assert way.leave().succeeds()["acr"] == LOW


def test_n37_higher_than_asked(gateway, rp, up):
    up.reset()
    assert Way(gateway, rp, up, acr_values=LOW).leave().succeeds()["acr"] == SUBSTANTIAL


def test_n37_lower_than_asked(gateway, rp, up):
    """A wish is told what it got; what is essential gets an error, at the client.  The twin reaches
    it."""
    def asked(is_essential, acr):
        up.reset()
        up.claims = {"acr": acr}
        claims = {"id_token": {"acr": {"essential": is_essential, "value": SUBSTANTIAL}}}
        return Way(gateway, rp, up, claims=json.dumps(claims)).leave()

    assert asked(False, "loa1").succeeds()["acr"] == LOW
    way = asked(True, "loa1")
    answer = query_of(way.browser.walk(way.back()))
    assert answer["error"] == "unmet_authentication_requirements" and "code" not in answer
    assert asked(True, "loa2").succeeds()["acr"] == SUBSTANTIAL


def test_n38_amr(way, up):
    words = [f"w{i}" for i in range(1000)]
    known = ["otp", "pwd", "mfa", "face", "fpt", "sms", "tel", "user", "pin", "iris"]
    up.claims = {"amr": words + [1, None, "hwk", "pop"] + known + known}
    assert way.succeeds()["amr"] == ["fed"] + known[:8]


UNKNOWN = [
    {}, {"phone_number": "+12025550101"}, {**PHONE, "phone_number_verified": "true"},
    {**PHONE, "phone_number": ["+12025550101"]}, {**PHONE, "phone_number": ""},
    {**PHONE, "phone_number": "+19999"},
    {"name": "សុខ សុភា", "birthdate": "1994-04-14"}]  # N41


@pytest.mark.parametrize("claims", UNKNOWN)
def test_n40_nobody_here(gateway, rp, up, claims):
    """Asked to sign in once another way; in itself that changes nothing."""
    up.reset()
    for _ in range(2):
        way = Way(gateway, rp, up).leave()
        answer = way.back(up.code(way.query, "nobody", **claims))
        assert answer.status_code == 200 and "link-continue" in Page(answer.text).ids
        assert ASKER in answer.text and way.browser.cookie("dvara_session") is None
        way.browser.sign_in(Page(way.browser.get(way.chooser).text), "sophea")


def test_n40_two_peoples_phone(gateway, rp, up):
    up.reset()
    gateway.apply("person", [{"register_key": f"P-{n}", "short_name": f"shared{n}",
                              "claims": {"phone_number": "+12025550777"}} for n in (1, 2)])
    way = Way(gateway, rp, up).leave()
    answer = way.back(up.code(way.query, "s-shared", phone_number="+12025550777",
                              phone_number_verified=True))
    assert "link-continue" in Page(answer.text).ids


def ask_to_link(gateway, rp, up, sub, **changes):
    up.reset()
    way = Way(gateway, rp, up, **changes).leave()
    page = Page(way.back(up.code(way.query, sub, email="vannak@there.test")).text)
    return way, page.forms[0]


def sign_in_once(way, form, persona):
    """Says that the account is theirs, and signs in by the test login."""
    answer = way.browser.post(form.action, form.fields)
    assert answer.headers["Location"] == way.chooser
    answer = way.browser.sign_in(Page(way.browser.get(way.chooser).text), persona)
    return way.succeeds(answer)


def test_sign_in_once_then_by_the_link(gateway, rp, up, up2):
    """N42's twin, N44, N45, N48: linked at the level of that login; unlinked at /account."""
    way, form = ask_to_link(gateway, rp, up, "v-1")
    sub = sign_in_once(way, form, "vannak")["sub"]
    again = Way(gateway, rp, up).leave()
    id_token = again.succeeds(again.back(up.code(again.query, "v-1")))
    assert id_token["sub"] == sub and id_token["acr"] == LOW  # not SUBSTANTIAL: N44
    other = Way(gateway, rp, up2, "up2").leave()  # the same sub elsewhere is another: N45
    up2.reset()
    assert "link-continue" in Page(other.back(up2.code(other.query, "v-1")).text).ids

    account = again.browser.get("/account").text
    assert "Neighbour" in account and "By Neighbour" in account
    form = next(f for f in Page(account).forms if f.action == "/account/links/end")
    link = gateway.sql("SELECT id FROM link WHERE how = 'test'")[0][0]
    assert link in account
    theirs = gateway.sql("SELECT id FROM link WHERE how = 'attribute'")[0][0]
    n = len(gateway.sql("SELECT id FROM link"))
    assert again.browser.post(form.action, form.fields + [("link", theirs)]).status_code == 404
    row = gateway.audit()[0]
    assert (row["event"], row["actor"]) == ("account.refused", "person")
    assert row["detail"] == {"what": "link"} and theirs not in json.dumps(row)
    assert len(gateway.sql("SELECT id FROM link")) == n
    assert again.browser.post(form.action, [("link", link)]).status_code == 403
    assert again.browser.post(form.action, form.fields + [("link", link)]).status_code == 303
    assert [row["event"] for row in gateway.audit()][:1] == ["link.removed"]
    assert again.browser.post(form.action, form.fields + [("link", link)]).status_code == 404
    way, form = ask_to_link(gateway, rp, up, "v-1")
    assert form.action.startswith("/login/upstream/up1/link")


def test_an_operator_ends_a_link(gateway, rp, up):
    """Of an account that was stolen there: the person may not come in any more to do it."""
    way, form = ask_to_link(gateway, rp, up, "stolen")
    sign_in_once(way, form, "bopha")
    [link] = gateway.dvara("person", "list-links", "bopha")
    assert (link["upstream"], link["issuer"]) == ("up1", up.issuer)
    gateway.dvara("person", "unlink", "vannak", link["id"], expect=3)
    assert gateway.dvara("person", "unlink", "bopha", link["id"]) == {"unlinked": link["id"]}
    row = gateway.audit()[0]
    assert row["event"] == "link.removed" and row["actor"].startswith("operator:")
    assert gateway.dvara("person", "list-links", "bopha") == []
    ask_to_link(gateway, rp, up, "stolen")


def test_n42_not_linked(gateway, rp, up):
    n = gateway.sql("SELECT COUNT(*) FROM link")
    way, form = ask_to_link(gateway, rp, up, "n42")
    assert way.browser.post(form.action, []).status_code == 403
    other = Browser(gateway)
    rp.authorize(other)
    assert other.post(form.action, form.fields).status_code == 400
    # in another transaction of the same browser
    way.browser.post(form.action, form.fields)
    answer = rp.authorize(way.browser)
    way.browser.sign_in(Page(way.browser.get(answer.headers["Location"]).text), "vannak")
    # turned back
    way, form = ask_to_link(gateway, rp, up, "n42")
    way.browser.post(form.action, form.fields)
    cancel = next(f for f in Page(way.browser.get(way.chooser).text).forms
                  if f.action.startswith("/login/cancel"))
    assert way.browser.post(cancel.action, cancel.fields).status_code == 303
    # the person is dead
    way, form = ask_to_link(gateway, rp, up, "n42")
    way.browser.post(form.action, form.fields)
    answer = way.browser.sign_in(Page(way.browser.get(way.chooser).text), "sidi")
    assert answer.status_code == 403
    assert gateway.sql("SELECT COUNT(*) FROM link") == n


def test_n43_dead(gateway, rp, up):
    up.reset()
    gateway.apply("person", [{"register_key": "P-43", "claims": {"phone_number": "+120255543"}}])
    claims = {"phone_number": "+120255543", "phone_number_verified": True}
    way = Way(gateway, rp, up).leave()
    way.succeeds(way.back(up.code(way.query, "s-43", **claims)))
    for life in ("dead", "blocked"):
        gateway.apply("person", [{"register_key": "P-43", "life": life,
                                  "claims": {"phone_number": "+120255543"}}])
        way = Way(gateway, rp, up).leave()
        assert way.back(up.code(way.query, "s-43", **claims)).status_code == 403
        assert way.browser.cookie("dvara_session") is None


def test_n47_another_person(gateway, rp, up):
    """Step-up by an account that is somebody else's."""
    up.reset()
    browser = Browser(gateway)
    rp.sign_in(browser, "vannak")
    way = Way(gateway, rp, up, acr_values=SUBSTANTIAL, browser=browser).leave()
    answer = way.back()
    assert answer.status_code == 403 and "This is another person" in answer.text


def test_n49_people_of_other_countries(gateway, rp, up2):
    up2.reset()
    subs = set()
    for sub in ("P-100001", "f-2", "P-100001"):
        way = Way(gateway, rp, up2, "abroad", scope="openid profile").leave()
        answer = way.back(up2.code(way.query, sub, name="Somchai", personal_number="P-100001"))
        subs.add(way.succeeds(answer)["sub"])
    assert len(subs) == 2
    rows = gateway.sql("SELECT register_key, name, origin FROM register WHERE origin IS NOT NULL")
    assert len(rows) == 2 and all(row[0].startswith("upstream:") for row in rows)
    assert all(row[1:] == ("Somchai", up2.issuer) for row in rows)


def test_n49_off(gateway, rp, up2):
    up2.reset()
    way = Way(gateway, rp, up2, "known").leave()
    answer = way.back(up2.code(way.query, "f-9", name="Somchai"))
    told(answer, "upstream-unknown")
    assert f"{CHOOSER}{way.tx}" in Page(answer.text).links


def test_n57_idp_hint(gateway, rp, up):
    up.reset()
    browser = Browser(gateway)
    answer = rp.authorize(browser, idp_hint="up1")
    assert answer.headers["Location"].startswith("/login/upstream/up1?tx=")
    way = Way(gateway, rp, up, idp_hint="up1", browser=browser)
    way.query = up.query_of(browser.get(way.chooser))
    way.succeeds()
    for hint in ("nope", "up1?x", "../up1", "UP1"):
        assert rp.authorize(Browser(gateway), idp_hint=hint).headers["Location"].startswith(
            "/login?tx=")


def test_n55_nowhere(gateway, way, up):
    for path in ("/login/upstream/nope", "/login/upstream/nope/callback"):
        assert way.browser.get(f"{path}?tx={way.tx}&state=x").status_code == 404
    told(way.browser.get("/login/upstream/up1"), "transaction-gone")
    told(Browser(gateway).get(f"/login/upstream/up1?tx={way.tx}"), "transaction-gone")


def test_asks_and_parameters(gateway, rp, up2):
    """N56; as LaoKYC has it: what the person is asked for goes along as it should be."""
    up2.reset()
    way = Way(gateway, rp, up2, "phone")
    answer = way.browser.get(way.row()["href"])
    assert answer.status_code == 200 and 'inputmode="tel"' in answer.text
    assert ASKER in answer.text
    form = Page(answer.text).forms[0]
    targets = answer.headers["Content-Security-Policy"].partition("form-action")[2].split(";")[0]
    assert up2.issuer in targets
    fields = [field for field in form.fields if field[0] != "phone"]
    for phone in ("", "0" * 4096, "12\r\n34567", "020&client_id=evil", "abc"):
        again = way.browser.post(form.action, fields + [("phone", phone)])
        assert again.status_code == 400 and 'aria-invalid="true"' in again.text
        french = next(link for link in Page(again.text).links if link.endswith("lang=fr"))
        assert "Se connecter avec" in Browser.get(way.browser, french).text
    assert way.browser.post(form.action, [("phone", "02055512345")]).status_code == 403
    way.query = up2.query_of(way.browser.post(form.action, fields + [("phone", "020 555-12345")]))
    assert way.query["phone"] == "02055512345" and way.query["client_id"] == "dvara:gateway"
    assert way.query["platform"] == "Web" and way.query["needotp"] == "true"
    assert way.succeeds(way.back(up2.code(way.query, "by-phone", **PHONE)))["acr"] == LOW


def test_languages(gateway, rp, up):
    browser = Browser(gateway)
    browser.http.headers["Accept-Language"] = "fr"
    text = browser.get(rp.authorize(browser).headers["Location"]).text
    assert "Autre" in text and "Neighbour" in text


def test_nothing_in_the_log(gateway, way):
    way.succeeds()
    for secret in ("s3cret", "12025550101", way.query["state"], way.query["nonce"]):
        assert secret not in gateway.log()
