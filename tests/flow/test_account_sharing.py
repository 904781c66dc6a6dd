# SPDX-License-Identifier: Apache-2.0
"""What was shared of a person, on their own pages: consents, ledger, who looked, complaints, a
child's account, the copy.  Cases S06, S07, S17, S21."""

import gzip
import json
import re
import secrets
import sqlite3
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from gateway import ROOT, Gateway
from relying_party import RelyingParty, query_of
from test_purpose import operator_keys
from test_rar import consent_page

PURPOSE = [{"id": "card", "why": {"en": "=HYPERLINK(\"x\") for your card", "fr": "Pour la carte"},
            "claims": [{"name": "name", "essential": True}, {"name": "birthdate"},
                       {"name": "email"}]}]
BUDGET = 10 * 1024


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("sharing"),
                 {"account.complaints_per_day": 6}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def hospital(gateway, key, **changes):
    return RelyingParty(gateway, {
        "client_id": "hospital", "client_name": "The <b>Hospital</b>",
        "redirect_uris": ["https://hospital.test/cb"], "scope": "openid profile email",
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt", "dvara_purposes": PURPOSE, **changes,
    }, key)


@pytest.fixture(scope="module")
def rp(gateway):
    return hospital(gateway, jwt_tools.ec_key())


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def enter(browser, persona):
    answer = browser.get("/account")
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
        if "login-test" in Page(answer.text).ids:
            answer = browser.sign_in(Page(answer.text), persona)
    assert answer.status_code == 200, answer.text
    return answer


def fields_of(answer, form_id=None, action=None):
    form = next(form for form in Page(answer.text).forms
                if form.id == form_id or (action and form.action == action))
    return dict(form.fields)


def change(browser, name, consent, page="/account", **more):
    fields = fields_of(browser.get(page), action="/account/consents")
    return browser.post("/account/consents", {**fields, name: consent, **more})


def consent_of(browser, page="/account"):
    found = re.search(r'name="withdraw" value="([^"]+)"', browser.get(page).text)
    return found and found.group(1)


def shared(rp, browser, persona, **more):
    """Signed in at the party, which read the person's details: what it got."""
    tokens = rp.tokens(browser, persona=persona, scope="openid profile email", claims=("email", "birthdate"),
                       **more)
    answer = rp.userinfo(tokens["access_token"])
    assert answer.status_code == 200 and "birthdate" in answer.json()
    return tokens, answer.json()


def refused(gateway):
    return sum(row["event"] == "account.refused" for row in gateway.audit())


def complain(browser, query="", **fields):
    page = browser.get(f"/account/complain{query}")
    assert page.status_code == 200, page.text
    return browser.post("/account/complaints", {**fields_of(page, "complaint"), **fields})


def test_the_overview_has_its_sections(rp, browser):
    page = enter(browser, "sophea")
    ids = Page(page.text).ids
    assert {"consents", "ledger", "sessions", "complain", "children", "download-all"} <= set(ids)
    assert "No service may use your details now." in page.text
    assert "Nobody got any of your details." in page.text
    assert ids["complain"]["href"] == "/account/complain"


def test_a_release_is_seen_at_once(gateway, rp, browser):
    """Names of details, never a value; with the ground and the purpose."""
    _, got = shared(rp, browser, "claire")
    page = browser.get("/account/ledger")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    text = page.text.split("</style>")[1]
    assert "The &lt;b&gt;Hospital&lt;/b&gt;" in text and "<b>" not in text
    assert "Email address" in text and "Full name" in text and "You allowed it." in text
    assert "=HYPERLINK(&quot;x&quot;) for your card" in text or "=HYPERLINK(" in text
    for value in (got["email"], got["name"]):
        assert value not in text
    assert "Email address" in browser.get("/account").text
    # Another person sees nothing of it.
    other = Browser(gateway)
    enter(other, "alex")
    assert "Hospital" not in other.get("/account/ledger?user=claire&person_id=claire").text


def test_s07_ended_in_two_taps(gateway, rp, browser):
    tokens, _ = shared(rp, browser, "noy", prompt="consent")
    with gateway.second() as second:
        page = browser.get("/account")  # one tap in, and the second ends it
        consent = consent_of(browser)
        answer = browser.post("/account/consents", {
            **fields_of(page, action="/account/consents"), "withdraw": consent})
        assert answer.status_code == 303
        begun = time.monotonic()
        assert rp.userinfo(tokens["access_token"]).status_code == 401
        if "refresh_token" in tokens:
            assert rp.refresh(tokens["refresh_token"]).status_code == 400
        while requests.get(f"{second.url}/userinfo", timeout=20, headers={
                "Authorization": f"Bearer {tokens['access_token']}",
                "Host": gateway.host}).status_code != 401:
            assert time.monotonic() - begun < 30
            time.sleep(0.05)
    assert consent_of(browser) is None
    history = browser.get("/account/consents")
    assert "Ended on" in history.text and "Hospital" in history.text
    assert Page(browser.get(answer.headers["Location"]).text).ids["consents"]
    # Told: the event that its webhooks and its feed are made of.
    assert gateway.sql("SELECT 1 FROM event WHERE client_id = 'hospital' AND subject_id = ?"
                       " AND type = 'consent.revoked'", consent)
    # Again changes nothing.
    assert browser.post("/account/consents", {
        **fields_of(page, action="/account/consents"), "withdraw": consent}).status_code == 303


def test_paused_and_resumed(rp, browser):
    tokens, _ = shared(rp, browser, "vannak", prompt="consent")
    consent = consent_of(browser)
    assert change(browser, "pause", consent).status_code == 303
    assert "Paused on" in browser.get("/account/consents").text
    paused = rp.userinfo(tokens["access_token"])
    assert "birthdate" not in paused.json()
    assert change(browser, "resume", consent).status_code == 303
    assert "Paused on" not in browser.get("/account/consents").text
    assert "birthdate" in rp.userinfo(tokens["access_token"]).json()
    history = browser.get(f"/account/consents?consent={consent}").text.partition('id="history"')[2]
    assert re.findall("<strong><bdi>(\\w+)", history) == ["Allowed", "Paused", "Resumed"]
    # What has ended is neither paused nor resumed.
    change(browser, "withdraw", consent)
    ended = browser.get("/account/consents").text
    assert 'name="pause"' not in ended and 'name="withdraw"' not in ended


@pytest.mark.parametrize("which", ["bob's", "nearly", "none", "..", "long"])
def test_s06_another_person_s_things(gateway, rp, browser, which):
    bob = Browser(gateway)
    if consent_of(bob) is None:
        shared(rp, bob, "khamla", prompt="consent")
    bobs = consent_of(bob)
    enter(browser, "alex")
    value = {"bob's": bobs, "nearly": bobs[:-1] + ("A" if bobs[-1] != "A" else "B"), "none": None,
             "..": "../" + bobs, "long": "x" * 5000}[which]
    csrf = fields_of(browser.get("/account/complain"), "complaint")["csrf"]
    before = refused(gateway)
    fields = {"csrf": csrf, "user": "khamla"} | ({"withdraw": value} if value else {})
    assert browser.post("/account/consents", fields).status_code == 404
    assert browser.get("/account/consents", params={"consent": value or "x"}).status_code == 404
    assert browser.get("/account/complain", params={
        "about": "consent", "ref": value or ""}).status_code == 404
    assert browser.get("/account/complain", params={
        "about": "ledger", "ref": value or ""}).status_code == 404
    assert browser.get("/account/complain?about=look&ref=1").status_code == 404
    assert browser.get(f"/account?of={secrets.token_urlsafe(32)}").status_code == 404
    assert refused(gateway) == before + 6
    assert consent_of(bob) == bobs  # The twin: it still stands.


def test_filters_and_pages(gateway, rp, browser):
    _, _ = shared(rp, browser, "yusuf")
    person = gateway.sql("SELECT person_id FROM ledger ORDER BY id DESC LIMIT 1")[0][0]
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        for n in range(60):  # a minute apart, a year ago
            at_s = 1760000000 + 60 * n
            link.execute("INSERT INTO ledger (id, at_s, person_id, client_id, purpose_id,"
                         " purpose_version, consent_id, basis, channel, claims, request_id)"
                         " VALUES (?, ?, ?, 'gone', NULL, NULL, NULL, 'public_task', 'userinfo',"
                         " '[\"address\",\"phone_number\"]', 'r')",
                         (f"{at_s * 1000:012x}{secrets.token_urlsafe(8)}", at_s, person))
    link.close()
    first = browser.get("/account/ledger")
    assert len(re.findall('id="l-', first.text)) == 20 and "The law asks for it." in first.text
    seen, page = 20, first
    while "more" in Page(page.text).ids:
        page = browser.get(Page(page.text).ids["more"]["href"])
        seen += len(re.findall('id="l-', page.text))
    assert 61 <= seen <= 62
    filtered = browser.get("/account/ledger?who=hospital")
    assert 'value="hospital" selected' in filtered.text
    assert 1 <= len(re.findall('id="l-', filtered.text)) <= 2
    assert "Nothing here." in browser.get(
        "/account/ledger?from=2025-10-01&until=2025-10-08").text
    assert len(re.findall('id="l-', browser.get(
        "/account/ledger?from=2025-10-09&until=2025-10-09").text)) == 20
    for odd in ("from=x", "until=2025-13-45", "before=zzz", "before=%00", "who='--", "from=9999999"):
        assert browser.get(f"/account/ledger?{odd}").status_code in (200, 400), odd
    # All of it in the copy, and each page within the budget, in every language.
    copy = browser.get("/account/download.json").json()
    assert len(copy["ledger"]) == seen
    for path in ("/account", "/account/ledger", "/account/print"):
        for language in ("km", "lo", "en", "fr", "ar"):
            text = browser.get(f"{path}{'?' if '?' not in path else '&'}lang={language}").text
            assert len(gzip.compress(text.encode(), 6)) < BUDGET, (path, language)
            assert "untranslated" not in text.split("</style>")[1]
    browser.get("/account?lang=en")


def test_who_looked(gateway, browser):
    enter(browser, "mariem")
    assert "Nothing here." in browser.get("/account/looks").text
    gateway.dvara("consent", "list", "mariem")
    personas = json.loads((ROOT / "conf/demo/personas.json").read_text())
    mariem = next(one for one in personas if one["short_name"] == "mariem")
    mariem["claims"]["email"] = "new@people.example"
    gateway.apply("person", [mariem])
    gateway.apply("person", [mariem])  # nothing changes: no row
    text = browser.get("/account/looks").text.split("</style>")[1]
    assert "An operator saw what you allowed" in text
    assert text.count("An operator changed your details") == 1 and "Email address" in text
    assert "new@people.example" not in text
    look = re.search(r"about=look&amp;ref=(\d+)", text).group(1)
    answer = complain(browser, f"?about=look&ref={look}", text="Why?", detail="email")
    assert answer.status_code == 303
    # It is theirs alone.
    other = Browser(gateway)
    enter(other, "alex")
    assert other.get(f"/account/complain?about=look&ref={look}").status_code == 404


def test_what_for_is_what_was_said_then(gateway, browser):
    """A purpose in other words is another purpose: what was allowed before it keeps its own."""
    key = jwt_tools.ec_key()
    purpose = {"id": "loan", "why": {"en": "To look at your loan"}, "claims": PURPOSE[0]["claims"]}
    bank = hospital(gateway, key, client_id="bank", client_name="Bank", dvara_purposes=[purpose])
    shared(bank, browser, "alex")
    for path in ("/account/consents", "/account/ledger"):
        assert "To look at your loan" in browser.get(path).text
    hospital(gateway, key, client_id="bank", client_name="Bank", dvara_purposes=[
        {**purpose, "why": {"en": "To sell your data"}}])
    time.sleep(1.1)  # a second until every process has seen it
    for path in ("/account/consents", "/account/ledger"):
        text = browser.get(path).text
        assert "To look at your loan" in text and "To sell your data" not in text
    gateway.dvara("client", "remove", "bank")
    time.sleep(1.1)
    assert "To look at your loan" in browser.get("/account/consents").text


def test_a_complaint_from_a_row(gateway, rp, browser, tmp_path):
    shared(rp, browser, "sophea")
    row = re.search(r'href="(/account/complain\?about=ledger[^"]*)"',
                    browser.get("/account/ledger").text).group(1).replace("&amp;", "&")
    text = "=cmd|' /C calc'!A0 <script>alert(1)</script>\r\nI was never there. \u17a2"
    answer = complain(browser, row.removeprefix("/account/complain"), text=text)
    assert answer.status_code == 303
    number = answer.headers["Location"].removeprefix("/account/complaints/")
    page = browser.get(answer.headers["Location"])
    assert number in page.text and "Waits for an answer" in page.text
    assert "<script>alert" not in page.text and "I was never there." in page.text
    assert number in browser.get("/account").text
    listed = next(one for one in gateway.dvara("complaint", "list") if one["number"] == number)
    assert listed["client_id"] == "hospital" and listed["about"] == "ledger"
    assert not listed["overdue"] and "text" not in listed
    shown = gateway.dvara("complaint", "show", number.replace("-", "").lower())
    assert shown["text"] == text and shown["register_key"] == "P-100001"
    assert "An operator read your complaint" in browser.get("/account/looks").text

    reply = tmp_path / "answer.txt"
    reply.write_text("It was the ward.\nSorry.")
    gateway.dvara("complaint", "answer", number, reply)
    gateway.dvara("complaint", "answer", number, reply, expect=4)
    page = browser.get(f"/account/complaints/{number}")
    assert "It was the ward." in page.text and "appeal" in Page(page.text).ids
    appeal = {**fields_of(page, "appeal"), "text": "No, it was not."}
    assert browser.post(f"/account/complaints/{number}", {**appeal, "text": " "}).status_code == 400
    assert browser.post(f"/account/complaints/{number}", appeal).status_code == 303
    assert browser.post(f"/account/complaints/{number}", appeal).status_code == 409
    assert "Looked at again" in browser.get(f"/account/complaints/{number}").text
    # The same operator may not answer it; time goes on, and it is overdue.
    gateway.dvara("complaint", "answer", number, reply, expect=4)
    with gateway.clock(31 * 24 * 3600):
        assert metric(gateway, "dvara_complaints_overdue") >= 1
        listed = next(one for one in gateway.dvara("complaint", "list")
                      if one["number"] == number)
        assert listed["overdue"]
        late = Browser(gateway)
        enter(late, "sophea")
        assert "The answer is late." in late.get(f"/account/complaints/{number}").text
    assert metric(gateway, "dvara_complaints_overdue") == 0
    assert metric(gateway, "dvara_complaints_open") >= 1
    # Another person's number is nobody's here.
    other = Browser(gateway)
    enter(other, "alex")
    before = refused(gateway)
    assert other.get(f"/account/complaints/{number}").status_code == 404
    assert other.post(f"/account/complaints/{number}", {
        **appeal, "csrf": fields_of(other.get("/account/complain"), "complaint")["csrf"]
    }).status_code == 404
    assert refused(gateway) == before + 2
    # What a person wrote is in no log and no audit row.
    for where in (gateway.log(), json.dumps(gateway.audit(), ensure_ascii=False)):
        assert "never there" not in where and "the ward" not in where and "calc" not in where


def metric(gateway, name):
    text = requests.get(f"http://127.0.0.1:{gateway.management}/metrics", timeout=20).text
    return float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))


def test_a_correction_names_the_detail(gateway, browser):
    enter(browser, "claire")
    page = browser.get("/account/complain")
    assert "birthdate" in Page(page.text).form_of("complaint").options["detail"]
    answer = complain(browser, text="I was born a day later.", detail="birthdate")
    number = answer.headers["Location"].rsplit("/", 1)[1]
    row = next(one for one in gateway.dvara("complaint", "list") if one["number"] == number)
    assert (row["kind"], row["about"], row["reference"]) == ("correction", "attribute", "birthdate")
    assert complain(browser, text="x", detail="no_such").status_code == 404
    assert complain(browser, text="x", about="nothing").status_code == 404


def test_a_registered_attribute_has_its_own_words(gateway, rp, browser):
    """In what was allowed, who got it, and what can be corrected."""
    label = {"km": "ស្រុក", "lo": "ເມືອງ", "en": "Where you vote", "fr": "Lieu de vote",
             "ar": "مكان التصويت"}
    gateway.apply("attribute", {"name": "voting_place", "kind": "value", "label": label})
    gateway.dvara("attribute", "approve", "voting_place", *operator_keys(gateway)[0])
    personas = json.loads((ROOT / "conf/demo/personas.json").read_text())
    alex = next(one for one in personas if one["short_name"] == "alex")
    alex["claims"]["voting_place"] = "School 7"
    gateway.apply("person", [alex])
    town = hospital(gateway, jwt_tools.ec_key(), client_id="town", client_name="Town",
                    dvara_purposes=[{"id": "vote", "why": {"en": "To vote"},
                                     "claims": [{"name": "voting_place"}]}])
    enter(browser, "alex")
    asked = consent_page(town, browser, claims=json.dumps({"userinfo": {"voting_place": None}}))
    form = Page(asked.text).form_of("consent")
    assert "Where you vote" in asked.text
    answer = browser.walk(browser.post(form.action, form.fields + [
        ("claim", "voting_place"), ("decision", "allow")]))
    tokens = town.token(query_of(answer)["code"]).json()
    assert town.userinfo(tokens["access_token"]).json()["voting_place"] == "School 7"
    for path in ("consents", "ledger", "complain"):
        text = browser.get(f"/account/{path}").text
        assert "Where you vote" in text and "Voting place" not in text, path
    assert "Lieu de vote" in browser.get("/account/ledger?lang=fr").text
    browser.get("/account?lang=en")
    answer = complain(browser, text="It moved.", detail="voting_place")
    assert "مكان التصويت" in browser.get(answer.headers["Location"] + "?lang=ar").text
    browser.get("/account?lang=en")


def test_texts_and_forms(gateway, browser):
    enter(browser, "khamla")
    page = browser.get("/account/complain")
    fields = fields_of(page, "complaint")
    for text in ("", " \r\n", "x" * 2001):
        answer = browser.post("/account/complaints", {**fields, "text": text})
        assert answer.status_code == 400 and "wrong" in Page(answer.text).ids
    answer = browser.post("/account/complaints", {**fields, "text": "y" * 2001 + "<i>"})
    assert "y" * 100 in answer.text and "<i>" not in answer.text.split("</style>")[1]
    for bad in ({"csrf": "x"}, {"csrf": None}):
        sent = {name: text for name, text in {**fields, "text": "a", **bad}.items() if text}
        assert browser.post("/account/complaints", sent).status_code == 403
    assert browser.post("/account/complaints", {**fields, "text": "a"},
                        Origin="https://evil.test").status_code == 403
    for _ in range(6):
        assert browser.post("/account/complaints", {**fields, "text": "a"}).status_code == 303
    assert browser.post("/account/complaints", {**fields, "text": "a"}).status_code == 429
    assert all(one["language"] == "en" for one in gateway.dvara("complaint", "list"))


def test_the_copy(gateway, rp, browser):
    _, got = shared(rp, browser, "claire", prompt="consent")
    answer = browser.get("/account/download.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    copy = answer.json()
    assert copy["consents"][0]["client_id"] == "hospital" and copy["sessions"]
    assert {"name", "email"} <= set(copy["ledger"][0]["claims"])
    assert {"birthdate", "email"} <= set(copy["details"]) and "name#en" not in copy["details"]
    gateway.dvara("consent", "list", "claire")
    text = browser.get("/account/download.json").text
    assert '"by":"operator"' in text.replace(" ", "")
    assert "operator:" not in text and "guardian:" not in text and "P-1000" not in text
    assert got["email"] not in text and got["name"] not in text
    people = {row[0] for row in gateway.sql("SELECT id FROM person")}
    assert not any(person in text for person in people)
    printed = browser.get("/account/print")
    assert "Hospital" in printed.text and "<script" not in printed.text
    assert browser.get("/account/export.csv").status_code == 404
    nobody = Browser(gateway)
    assert nobody.get("/account/download.json").status_code == 303


@pytest.fixture
def ward(gateway, rp, browser):
    """Bopha, 14, whose guardian is Sophea: (her browser, her guardian's, the address)."""
    child = Browser(gateway)
    shared(rp, child, "bopha", prompt="consent")
    page = enter(browser, "sophea")
    link = re.search(r'id="children".*?href="([^"]+)"', page.text, re.S).group(1)
    return child, browser, link


def test_a_guardian_sees_and_it_is_seen(gateway, ward):
    child, guardian, link = ward
    page = guardian.get(link)
    assert page.status_code == 200 and "You look after" in page.text and "Hospital" in page.text
    of = link.partition("of=")[2]
    for path in ("consents", "ledger", "looks", "sessions", "complaints"):
        answer = guardian.get(f"/account/{path}?of={of}")
        assert answer.status_code == 200 and "You look after" in answer.text, path
    assert 'name="resume"' not in page.text and "/account/sessions/end" not in page.text
    assert "logout-here" not in page.text and "download-all" not in page.text
    seen = child.get("/account/looks").text
    assert seen.count("A guardian looked at this account") >= 6
    assert "P-100001" not in seen and "Sophea" not in seen
    # The twins: nobody else's, neither theirs from the child's.
    other = Browser(gateway)
    enter(other, "alex")
    assert other.get(link).status_code == 404
    assert child.get(link).status_code == 404
    assert 'id="children"' not in child.get("/account").text


def test_a_guardian_ends_a_consent_and_complains(gateway, rp, ward):
    child, guardian, link = ward
    of = link.partition("of=")[2]
    consent = consent_of(child)
    fields = fields_of(guardian.get(link), action="/account/consents")
    assert fields["of"] == of
    # Without of= it is the guardian's own account, where there is no such consent.
    own = {name: text for name, text in fields.items() if name != "of"}
    assert guardian.post("/account/consents", {**own, "withdraw": consent}).status_code == 404
    assert guardian.post("/account/consents", {**fields, "pause": consent}).status_code == 303
    assert guardian.post("/account/consents", {**fields, "resume": consent}).status_code == 404
    assert guardian.post("/account/consents", {**fields, "withdraw": consent}).status_code == 303
    assert consent_of(child) is None
    seen = child.get("/account/looks").text
    assert "A guardian paused" in seen
    assert seen.count("A guardian ended what was allowed") == 1
    # Its client is told that it was a guardian, and of no name; so is the trail.
    assert gateway.sql("SELECT type, actor FROM event WHERE client_id = 'hospital'"
                       " AND subject_id = ? ORDER BY seq", consent)[-2:] == [
        ("consent.paused", "guardian"), ("consent.revoked", "guardian")]
    ended = [row for row in gateway.audit() if row["event"] == "consent.revoked"
             and row["detail"]["consent"] == consent]
    assert len(ended) == 1 and ended[0]["actor"].startswith("guardian:")
    assert "by a guardian" in child.get(f"/account/consents?consent={consent}").text
    # What the child wrote may be about the guardian.
    mine = complain(child, text="about them").headers["Location"]
    theirs = complain(guardian, f"?of={of}", text="for her").headers["Location"]
    assert theirs.endswith(f"of={of}")
    assert guardian.get(theirs).status_code == 200
    assert child.get(theirs.partition("?")[0]).status_code == 200
    assert guardian.get(f"{mine}?of={of}").status_code == 404
    assert mine.rsplit("/", 1)[1] not in guardian.get(f"/account/complaints?of={of}").text


def test_at_majority_it_is_over(gateway, ward):
    """Born 2012-11-01: on 2030-11-01 nobody looks after her any more."""
    _, guardian, link = ward
    assert guardian.get(link).status_code == 200
    personas = json.loads((ROOT / "conf/demo/personas.json").read_text())
    bopha = next(one for one in personas if one["short_name"] == "bopha")
    today = time.gmtime()
    for birthdate, status in ((f"{today.tm_year - 18}-01-01", 404), (f"{today.tm_year - 18}", 404),
                              (f"{today.tm_year - 17}", 200)):
        bopha["claims"]["birthdate"] = birthdate
        gateway.apply("person", [bopha])
        assert guardian.get(link).status_code == status, birthdate
    bopha["guardians"] = []
    gateway.apply("person", [bopha])
    assert guardian.get(link).status_code == 404
    assert 'id="children"' not in guardian.get("/account").text
