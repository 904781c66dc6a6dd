# SPDX-License-Identifier: Apache-2.0
"""The copy of somebody of whom much is kept: every row of it can be had by following what the page
offers, in files and on paper, none twice."""

import gzip
import json
import re
import sqlite3

import pytest

from bank import bank_of
from browser import Browser, Page
from gateway import ROOT, Gateway

AS_IT_WAS = ("person_id, client_id, purpose_id, purpose_version, asked, allowed, resources,"
             " withdrawn_s, notice_hash, language, is_offline, is_once, data_life_s, paused_s,"
             " request_id, artefact, receipt")
N_LEDGER, N_CONSENTS, N_LOOKS, N_COMPLAINTS = 20000, 450, 1100, 120
N_LONG = 1000


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("copy")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def bank(gateway):
    return bank_of(gateway, "bank")


@pytest.fixture(scope="module")
def sophea(gateway, bank):
    """Her browser, and the one consent that she gave herself."""
    browser = Browser(gateway)
    consent = bank.consented(browser)
    bank.released(consent)
    person, = gateway.sql("SELECT person_id FROM consent WHERE id = ?", consent)[0]
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            "INSERT INTO ledger (id, at_s, person_id, client_id, basis, channel, claims,"
            " request_id) VALUES (?, ?, ?, 'bank', 'consent', 'userinfo', '[\"email\",\"name\"]', 'r')",
            ((f"{(1600000000 + n) * 1000:012x}{n:011d}", 1600000000 + n, person)
             for n in range(N_LEDGER)))
        link.executemany(
            f"INSERT INTO consent (id, given_s, until_s, ended_s, end_reason, {AS_IT_WAS})"
            f" SELECT ?, ?, ?, 1, 'superseded', {AS_IT_WAS} FROM consent WHERE id = ?",
            ((f"old{n:019d}", 1600000000 + n // 7, 1600009000 + n, consent)
             for n in range(N_CONSENTS)))
        seq, = link.execute("SELECT max(seq) FROM audit").fetchone()
        link.executemany(
            "INSERT INTO audit (seq, at_s, event, actor, person_id, prev, hash)"
            " VALUES (?, 1600000000, 'operator.looked', 'operator:ana', ?, '', 'h')",
            ((seq + 1000000 + n, person) for n in range(N_LOOKS)))
        link.executemany(
            "INSERT INTO complaint (id, person_id, kind, about, text, language, since_s, due_s,"
            " is_open, answered_s, appealed_s, last_answered_s)"
            " VALUES (?, ?, 'complaint', 'nothing', 'Why?', 'en', ?, 1700000000, 1, 0, 0, 0)",
            ((f"C{n:07d}", person, 1600000000 + n // 3) for n in range(N_COMPLAINTS)))
    link.close()
    return browser, consent


def rows_of(files):
    """{part: [rows]}, of all files together."""
    all_rows = {}
    for one in files:
        for name, rows in one.items():
            if isinstance(rows, list):
                all_rows.setdefault(name, []).extend(rows)
    return all_rows


def all_there(files, consent, n_ledger=N_LEDGER + 1):
    rows = rows_of(files)
    for name, key, count in (("ledger", "id", n_ledger), ("consents", "id", N_CONSENTS + 1),
                             ("looks", "number", N_LOOKS), ("complaints", "number", N_COMPLAINTS)):
        assert len(rows[name]) == count, name
        assert len({row[key] for row in rows[name]}) == count, name
    assert rows["sessions"] and rows["details"]
    own = next(row for row in rows["consents"] if row["id"] == consent)
    assert own["receipt"].count(".") == 2
    return rows


def test_all_of_it_by_the_links_of_the_page(gateway, sophea):
    browser, consent = sophea
    page = browser.get("/account/download").text
    links = re.findall(r'<a id="(?:download-json|file-\d+)" href="([^"]+)"', page)
    assert 5 < len(links) < 40
    names, files = [], []
    for link in links:
        answer = browser.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200 and len(answer.content) < 4 << 20
        names.append(re.search('filename="(.*)"', answer.headers["Content-Disposition"]).group(1))
        files.append(answer.json())
    assert names[0] == "account.json" and len(set(names)) == len(names)
    all_there(files, consent)
    assert "next" not in files[-1]
    receipt = browser.get(f"/account/receipts/{consent}/receipt.jwt").text
    assert any(row.get("receipt") == receipt for row in files[0]["consents"])


def test_all_of_it_by_what_each_file_names(gateway, sophea):
    browser, consent = sophea
    files, address = [], f"{gateway.url}/account/download.json"
    while address is not None:
        files.append(browser.get(address.removeprefix(gateway.url)).json())
        address = files[-1].get("next")
        assert address is None or address.startswith(gateway.url)
        assert len(files) < 40
    all_there(files, consent)


def test_on_paper_and_on_the_pages_too(sophea):
    """Each list by its own link; no page is heavier than others."""
    browser, _ = sophea
    first = browser.get("/account/print")
    for part, count in (("consents", N_CONSENTS + 1), ("complaints", N_COMPLAINTS)):
        page, seen = first, 0
        for _ in range(20):
            table = re.search(rf'<table id="{part}">.*?</table>', page.text, re.S).group(0)
            seen += table.count("<tr><td>")
            assert len(gzip.compress(page.content, 6)) < 10 * 1024
            more = Page(page.text).ids.get(f"{part}-more")
            if more is None:
                break
            page = browser.get(more["href"])
            assert page.text.count("<table") == 1
        assert seen == count, part
    more = Page(first.text).ids["ledger-more"]["href"]
    assert Page(browser.get(more).text).ids["ledger-more"]["href"] != more
    page, seen = browser.get("/account/complaints"), 0
    while page is not None:
        seen += page.text.count('<code dir="ltr">C')
        more = Page(page.text).ids.get("more")
        page = browser.get(more["href"]) if more else None
    assert seen == N_COMPLAINTS
    assert Page(browser.get("/account/consents").text).ids["more"]["href"] != more


@pytest.mark.parametrize("query", ["part=ledger&before=zzz", "part=looks&before=x", "part=consents",
                                   "part=consents&before=none", "part=complaints&before='--",
                                   "n=99999999999999", "before=x"])
def test_odd_places(sophea, query):
    browser, _ = sophea
    answer = browser.get(f"/account/download.json?{query}")
    assert answer.status_code == 200 and answer.json()["made"]
    assert browser.get(f"/account/print?{query}").status_code == 200


def test_no_such_part(sophea):
    browser, _ = sophea
    assert browser.get("/account/download.json?part=people").status_code == 404


def test_requests_as_long_as_they_may_be(gateway, sophea, bank):
    """One client's hide no other's, and the page comes."""
    browser, consent = sophea
    person, = gateway.sql("SELECT person_id FROM consent WHERE id = ?", consent)[0]
    other = bank_of(gateway, "other-bank")
    last = other.asked()
    made = bank.asked()
    asked = json.loads(gateway.sql("SELECT asked FROM consent_request WHERE id = ?", made["id"])[0][0])
    asked["capped"] = ["y" * 60000]
    rest = "client_id, status, purpose_id, purpose_version, consent_id, created_s, decided_s"
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            f"INSERT INTO consent_request (id, once, person_id, asked, expires_s, {rest})"
            f" SELECT ?, ?, ?, ?, expires_s - 1, {rest} FROM consent_request WHERE id = ?",
            ((f"long{n:018d}", f"once-{n}", person, json.dumps(asked), made["id"])
             for n in range(60)))
        link.execute("UPDATE consent_request SET person_id = ? WHERE id = ?", (person, last["id"]))
    link.close()
    page = browser.get("/account/requests")
    assert page.status_code == 200 and page.text.count("/consent/requests/long") == 10
    assert f"/consent/requests/{last['id']}" in page.text


def test_requests_more_than_one_answer_of_sql_has(gateway, sophea):
    """All of one client, and sooner to expire: they hide no other's."""
    browser, consent = sophea
    person, = gateway.sql("SELECT person_id FROM consent WHERE id = ?", consent)[0]
    last = bank_of(gateway, "third-bank").asked()
    made = bank_of(gateway, "busy-bank").asked()
    rest = ("client_id, status, purpose_id, purpose_version, asked, consent_id, created_s,"
            " decided_s")
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            f"INSERT INTO consent_request (id, once, person_id, expires_s, {rest})"
            f" SELECT ?, ?, ?, expires_s - 2, {rest} FROM consent_request WHERE id = ?",
            ((f"many{n:018d}", f"many-{n}", person, made["id"]) for n in range(1200)))
        link.execute("UPDATE consent_request SET person_id = ? WHERE id = ?", (person, last["id"]))
    link.close()
    page = browser.get("/account/requests")
    assert page.status_code == 200 and f"/consent/requests/{last['id']}" in page.text
    # ten of that client's: of those that end together, the first by id
    listed = re.findall(r"/consent/requests/(many\d+)", page.text)
    assert listed == [f"many{n:018d}" for n in range(10)]


def of_paper(browser, part):
    """The rows of a list, by the links of the printed pages, each of which comes."""
    page, rows = browser.get("/account/print"), 0
    while page is not None:
        assert page.status_code == 200 and len(page.content) < 1 << 20
        table = re.search(rf'<table id="{part}">.*?</table>', page.text, re.S).group(0)
        rows += table.count("<tr><td>")
        more = Page(page.text).ids.get(f"{part}-more")
        page = browser.get(more["href"]) if more else None
    return rows


def of_the_client(bank, status):
    """Ids that the consent API lists, page by page: one may be empty, and the next one go on."""
    found, cursor, pages = [], "", 0
    while cursor is not None:
        page = bank.get(f"/consents?limit=100&status={status}{cursor}").json()
        found += [consent["id"] for consent in page["data"]]
        cursor = page.get("next") and f"&cursor={page['next'].split('cursor=')[-1]}"
        pages += 1
        assert pages < 40
    return found


def test_rows_as_long_as_they_may_be(gateway, sophea, bank):
    """What clients ask, and people write, ends no process, and every row
    is had still."""
    browser, consent = sophea
    person, = gateway.sql("SELECT person_id FROM consent WHERE id = ?", consent)[0]
    names = json.dumps([f"{n:02d}" + "x" * 62 for n in range(64)])
    look, text = json.dumps({"names": json.loads(names)}), "\u1780" * 2000
    notice = json.dumps({"why": "y" * 1000, "claims": [{"label": "\u1780" * 150}] * 64})
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.execute("DELETE FROM ledger WHERE person_id = ? AND at_s < ?",
                     (person, 1600000000 + N_LEDGER - N_LONG))
        link.execute("UPDATE ledger SET claims = ? WHERE person_id = ?", (names, person))
        link.execute("UPDATE consent SET asked = ?, allowed = ?, receipt = receipt || ?"
                     " WHERE person_id = ? AND id <> ?",
                     (names, names, "x" * 16000, person, consent))
        # the words of a purpose that is no more are those of the notice
        link.execute("INSERT INTO notice (id, text, since_s) VALUES ('long', ?, 1)", (notice,))
        link.execute("UPDATE consent SET purpose_version = 'gone', notice_hash = 'long'"
                     " WHERE person_id = ? AND id <> ?", (person, consent))
        link.execute("UPDATE ledger SET consent_id = 'old0000000000000000000' WHERE person_id = ?",
                     (person,))
        link.executemany(
            f"INSERT INTO consent (id, given_s, until_s, ended_s, end_reason, {AS_IT_WAS})"
            " SELECT ?, given_s, until_s, 1, 'superseded', 'another', client_id, purpose_id,"
            " purpose_version, asked, allowed, resources, withdrawn_s, notice_hash, language,"
            " is_offline, is_once, data_life_s, paused_s, request_id, artefact, receipt"
            " FROM consent WHERE id = 'old0000000000000000000'",
            ((f"other{n:017d}",) for n in range(N_LONG)))
        link.execute("UPDATE audit SET detail = ? WHERE person_id = ? AND event ="
                     " 'operator.looked'", (look, person))
        link.execute("UPDATE complaint SET text = ?, answer = ?, appeal = ?, last_answer = ?"
                     " WHERE person_id = ?", (text, text, text, text, person))
    link.close()
    pid = gateway.process.pid
    page = browser.get("/account/download")
    assert page.status_code == 200
    files, address = [], f"{gateway.url}/account/download.json"
    while address is not None:
        answer = browser.get(address.removeprefix(gateway.url))
        assert answer.status_code == 200 and len(answer.content) < 4 << 20
        files.append(answer.json())
        address = files[-1].get("next")
        assert len(files) < 80
    all_there(files, consent, n_ledger=N_LONG + 1)
    assert of_paper(browser, "consents") == N_CONSENTS + 1
    assert of_paper(browser, "complaints") == N_COMPLAINTS
    assert of_the_client(bank, "active") == []
    assert len(set(of_the_client(bank, "superseded"))) == N_CONSENTS + N_LONG
    assert gateway.process.pid == pid and gateway.process.poll() is None
    assert len(gateway.dvara("complaint", "list")) == N_COMPLAINTS


def test_words_as_long_as_they_may_be(gateway, sophea):
    """What operators say of attributes, and notices that are longer than what comes from outside may
    be: every page comes."""
    browser, consent = sophea
    person, = gateway.sql("SELECT person_id FROM consent WHERE id = ?", consent)[0]
    names = [f"long_{n}" for n in range(64)]
    link = sqlite3.connect(gateway.database, timeout=20)
    with link:
        link.executemany(
            "INSERT INTO policy (kind, owner, id, number, state, document, proposer, proposed_s,"
            " approved_s, until_s) VALUES ('attribute', '', ?, 1, 'approved', ?, 'ana', 1, 1, 9999999999)",
            ((name, json.dumps({"name": name, "kind": "value", "label": {
                lang: "\"" * 1000 for lang in ("en", "km", "lo", "fr", "ar")}})) for name in names))
        link.execute("UPDATE ledger SET claims = ?, purpose_version = 'old', consent_id = ?"
                     " WHERE person_id = ?", (json.dumps(names), consent, person))
        link.execute("UPDATE consent SET asked = ?, allowed = ?, purpose_version = 'old'"
                     " WHERE person_id = ?", (json.dumps(names), json.dumps(names), person))
        link.execute("UPDATE audit SET detail = ? WHERE person_id = ? AND event ="
                     " 'operator.looked'", (json.dumps({"names": names}), person))
        link.execute("UPDATE complaint SET about = 'attribute', reference = ?"
                     " WHERE person_id = ?", (names[0], person))
        link.execute("UPDATE notice SET text = ?", (json.dumps({
            "client": "Bank", "why": "\"" * 1000, "claims": [
                {"label": "x" * 1000, "why": "y" * 1000} for _ in names]}),))
    link.close()
    ledger, = gateway.sql("SELECT id FROM ledger WHERE person_id = ?", person)[0]
    for path in ("", "/consents", "/ledger", "/looks", "/sessions", "/complaints", "/download",
                 "/complain", f"/complain?about=ledger&ref={ledger}", f"/receipts/{consent}",
                 f"/complain?about=consent&ref={consent}", f"/consents?consent={consent}"):
        assert browser.get(f"/account{path}").status_code == 200, path
    assert of_paper(browser, "consents") == N_CONSENTS + 1
    assert of_paper(browser, "looks") == N_LOOKS


def test_an_operator_sees_the_newest_of_them(gateway, sophea):
    """Behind the others: it is one more look."""
    _, consent = sophea
    listed = [one["id"] for one in gateway.dvara("consent", "list", "sophea")]
    assert len(set(listed)) == len(listed) == 400 and consent in listed
