# SPDX-License-Identifier: Apache-2.0
"""Documents on phones, by the person: /account shows each phone, blocks a lost one, offers another
document; and the sheet that somebody gets at a counter."""

import contextlib
import re
import secrets
import sqlite3
import subprocess
import time
import urllib.parse

from browser import Browser, Page
from test_issue import refused
from test_issue_code import come_back, renewed, signed_in, wallet_rp  # noqa: F401 (a fixture)
from vci_wallet import Wallet, is_revoked, offered, present, presenter


def account(browser, persona="mariem"):
    """The account page, signed in where it must be."""
    answer = browser.get("/account")
    for _ in range(8):
        if answer.status_code == 303:
            answer = browser.get(answer.headers["Location"])
        elif Page(answer.text).form_of("login-test"):
            answer = browser.sign_in(Page(answer.text), persona)
    assert answer.status_code == 200, answer.text
    return answer.text


def phones(html):
    """The values of the buttons that block one."""
    return re.findall(r'name="phone" value="([^"]+)"', html)


def block(browser, html, phone):
    csrf = re.search(r'name="csrf" value="([^"]+)"', html)[1]
    return browser.post("/account/documents/block", [("csrf", csrf), ("phone", phone)])


def test_a_lost_phone_is_blocked_and_the_other_one_stays(issue_gateway, issue_browser, wallet_rp):  # noqa: F811
    issue_gateway.dvara("person", "revoke", "sophea")
    lost = signed_in(wallet_rp, Browser(issue_gateway), scope="pid student")
    kept = offered(issue_gateway, "sophea")
    before = lost.fetch("pid", 2) + lost.fetch("student")
    [other] = kept.fetch("pid")
    assert renewed(wallet_rp, lost).status_code == 200
    before += lost.fetch("pid")
    html = account(issue_browser, "sophea")
    assert "Phone wallet" in html and "Digital identity" in html and "Student card" in html
    ids = {device["device"]: device.get("client_id") for device in
           issue_gateway.dvara("person", "list-credentials", "sophea") if "revoked" not in device}
    assert set(phones(html)) == set(ids) and len(ids) == 2  # a renewal is the same phone
    phone = next(device for device, client in ids.items() if client)
    elsewhere = Browser(issue_gateway)
    account(elsewhere, "sophea")
    answer = block(issue_browser, html, phone)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    refused(lost.ask("pid"), "invalid_token", 401)
    assert renewed(wallet_rp, lost).json()["error"] == "invalid_grant"
    assert phones(account(issue_browser)) == [device for device in ids if device != phone]
    assert elsewhere.get("/account").status_code == 303  # signed out
    kept.fetch("pid")
    assert all(is_revoked(issue_gateway, one) for one in before)
    assert not is_revoked(issue_gateway, other)
    events = [row for row in issue_gateway.audit() if row["event"] == "credential.revoked"]
    assert len(events) >= 4 and events[0]["actor"] == "person"


def test_a_blocked_phone_signs_nobody_in(issue_gateway, issue_rp, issue_browser):
    holder = presenter(offered(issue_gateway, "claire"))
    browser = Browser(issue_gateway)
    present(browser, holder, issue_rp.authorize(browser))
    html = account(issue_browser, "claire")
    assert block(issue_browser, html, phones(html)[0]).status_code == 303
    browser = Browser(issue_gateway)
    present(browser, holder, issue_rp.authorize(browser), status=400)


def test_an_operator_blocks_one_phone(issue_gateway):
    wallets = [offered(issue_gateway, "yusuf", dpop=True) for _ in range(2)]
    (one,), (other,) = (wallet.fetch() for wallet in wallets)
    devices = {row["place"]: row["device"] for row in
               issue_gateway.dvara("person", "list-credentials", "yusuf")}
    issue_gateway.dvara("person", "revoke", "noy", devices[one.place["idx"]], expect=3)
    issue_gateway.dvara("person", "revoke", "yusuf", devices[one.place["idx"]])
    refused(wallets[0].ask(), "invalid_token", 401)
    wallets[1].fetch()
    assert is_revoked(issue_gateway, one) and not is_revoked(issue_gateway, other)


def copied(gateway, wallet_rp, holder, scope):  # noqa: F811
    """Another wallet, let in by a login with the phone's document, and a document it fetched."""
    browser = Browser(gateway)
    asked = wallet_rp.open(browser, wallet_rp.pushed(scope=scope, nonce=None, prompt="consent"))
    wallet = come_back(wallet_rp, browser, present(browser, holder, asked))
    return wallet, presenter(wallet)


def test_what_a_lost_phone_was_copied_to_ends_with_it(issue_gateway, issue_rp, wallet_rp):  # noqa: F811
    """Copies of copies too; the person's other phone, and what came of that, go on."""
    phones = [presenter(offered(issue_gateway, "sophea")) for _ in range(2)]
    chains = []
    for phone in phones:
        copy, holder = copied(issue_gateway, wallet_rp, phone, "pid")
        chains.append([(copy, holder), copied(issue_gateway, wallet_rp, holder, "pid student")])
    devices = {row["place"]: row["device"] for row in
               issue_gateway.dvara("person", "list-credentials", "sophea")}
    issue_gateway.dvara("person", "revoke", "sophea", devices[phones[0].credential.place["idx"]])
    time.sleep(1.1)
    for wallet, holder in chains[0]:
        assert renewed(wallet_rp, wallet).json()["error"] == "invalid_grant"
        refused(wallet.ask(), "invalid_token", 401)
        assert is_revoked(issue_gateway, holder.credential)
        browser = Browser(issue_gateway)
        present(browser, holder, issue_rp.authorize(browser), status=400)
    for wallet, holder in chains[1]:
        assert renewed(wallet_rp, wallet).status_code == 200
        wallet.fetch()
        assert not is_revoked(issue_gateway, holder.credential)
        browser = Browser(issue_gateway)
        present(browser, holder, issue_rp.authorize(browser))


def test_an_operator_ends_all_phones_and_what_they_renew_with(issue_gateway, issue_browser,
                                                              wallet_rp):  # noqa: F811
    fetched = signed_in(wallet_rp, issue_browser, scope="pid")
    fetched.fetch()
    not_yet = signed_in(wallet_rp, issue_browser, scope="pid")
    anonymous = offered(issue_gateway, "sophea")
    assert issue_gateway.dvara("person", "revoke", "sophea")["revoked"] >= 1
    assert fetched.ask().status_code in (400, 401)  # whether it has been heard of yet or not
    time.sleep(1.1)
    for wallet in (fetched, not_yet, anonymous):
        refused(wallet.ask(), "invalid_token", 401)
    for wallet in (fetched, not_yet):
        assert renewed(wallet_rp, wallet).json()["error"] == "invalid_grant"
    offered(issue_gateway, "sophea").fetch()  # a new phone, from the counter


def test_nobody_blocks_anothers_phone(issue_gateway, issue_browser):
    wallet = offered(issue_gateway, "noy")
    [mine] = wallet.fetch()
    device = issue_gateway.dvara("person", "list-credentials", "noy")[0]["device"]
    html = account(issue_browser, "mariem")
    for phone in (device, "", "x" * 5000, "nothing"):
        assert block(issue_browser, html, phone).status_code == 404
    form = [("phone", device)]
    assert issue_browser.post("/account/documents/block", form).status_code == 403
    stranger = Browser(issue_gateway)
    assert stranger.post("/account/documents/block", form).status_code == 303  # to a login
    assert not is_revoked(issue_gateway, mine)


def test_another_document_by_a_sign_in(issue_gateway, issue_browser, wallet_rp):  # noqa: F811
    html = account(issue_browser, "noy")
    ways = re.findall(r'/account/documents/add\?type=([a-z-]+)', html)
    assert ways == ["pid", "student"]  # what the register knows of this person
    page = issue_browser.get("/account/documents/add?type=student")
    assert page.status_code == 200
    link = Page(page.text).ids["offer-link"]["href"]
    offer = Wallet(issue_gateway).offer(link)
    assert offer == {"credential_issuer": issue_gateway.url, "grants": {"authorization_code": {}},
                     "credential_configuration_ids": ["student"]}
    assert Page(page.text).ids["offer-qr"]["data-uri"] == link
    assert issue_browser.get("/account/documents/add?type=library").status_code == 404


def test_a_sheet_for_the_counter(issue_gateway, tmp_path):
    path = tmp_path / "sheet.html"
    path.write_text("of the one before")  # which anybody may read
    made = issue_gateway.dvara("person", "offer", "--sheet", path, "sophea", "pid", "student")
    assert made["sheet"] == str(path) and path.stat().st_mode & 0o777 == 0o600
    html = path.read_text()
    assert '<html lang="km"' in html and "សុខ សុភា" in html and "<script" not in html
    page = Page(html)
    assert page.ids["offer-code"]["text"] == made["tx_code"]
    assert page.ids["offer-qr"]["data-uri"] == made["credential_offer_uri"]
    wallet = Wallet(issue_gateway)
    offer = wallet.offer(page.ids["offer-qr"]["data-uri"])
    assert wallet.redeem(offer, made["tx_code"]).status_code == 200
    issue_gateway.dvara("person", "offer", "--sheet", tmp_path / "no/such", "sophea", expect=1)


def test_the_terminal_shows_a_code_that_scans(issue_gateway):
    shown = subprocess.run(
        [issue_gateway.bin / "dvara", "person", "offer", "sophea", "--config",
         issue_gateway.config], capture_output=True, text=True, timeout=60, check=True,
        env=issue_gateway.environment()).stdout
    lines = [line for line in shown.splitlines() if "\x1b[30;107m" in line]
    rows = []
    for line in lines:
        blocks = line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m")
        rows += ["".join("1" if one in "▀█" else "0" for one in blocks),
                 "".join("1" if one in "▄█" else "0" for one in blocks)]
    width = len(rows[0])
    assert {len(row) for row in rows} == {width} and len(rows) - width in (0, 1)
    finder = "1111111"
    assert rows[4][4:11] == finder and rows[4][width - 11:width - 4] == finder
    assert set(rows[0] + rows[3]) == {"0"}
    assert urllib.parse.quote("/vci/offer/", safe="") in shown


def fetched_for_years(gateway, device, n):
    """Copies that a phone renewed, as SQL has them: written there, since fetching takes long."""
    [[person]] = gateway.sql("SELECT person_id FROM credential WHERE device = ? LIMIT 1", device)
    now = int(time.time())
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link, link:
        link.executemany(
            "INSERT INTO credential (id, person_id, configuration, list, place, issued_s,"
            " expires_s, revoked_s, device) VALUES (?, ?, 'pid', 999, ?, ?, ?, 0, ?)",
            ((secrets.token_urlsafe(16), person, secrets.randbits(40), now, now + 86400, device)
             for _ in range(n)))


def live(gateway, device):
    return gateway.sql("SELECT COUNT(*) FROM credential WHERE device = ? AND revoked_s = 0", device)


def test_a_phone_that_fetched_thousands_is_blocked_like_any_other(issue_gateway, issue_browser):
    """And hides no other phone from the person."""
    for _ in range(2):
        offered(issue_gateway, "vannak").fetch("pid")
    html = account(issue_browser, "vannak")
    busy, other = phones(html)
    fetched_for_years(issue_gateway, busy, 1100)
    html = account(issue_browser, "vannak")
    assert set(phones(html)) == {busy, other}
    assert block(issue_browser, html, busy).status_code == 303
    assert live(issue_gateway, busy) == [(0,)] and live(issue_gateway, other) == [(1,)]
    fetched_for_years(issue_gateway, other, 1100)
    issue_gateway.dvara("person", "revoke", "vannak")
    assert live(issue_gateway, other) == [(0,)]
    assert phones(account(issue_browser, "vannak")) == []


def test_a_person_of_a_thousand_phones_is_revoked(issue_gateway):
    """Whoever would not be revoked could fetch with another phone until nobody could."""
    offered(issue_gateway, "vannak").fetch("pid")
    [[person]] = issue_gateway.sql("SELECT person_id FROM credential ORDER BY rowid DESC LIMIT 1")
    with contextlib.closing(sqlite3.connect(issue_gateway.database, timeout=20)) as link, link:
        link.executemany(
            "INSERT INTO credential (id, person_id, configuration, list, place, issued_s,"
            " expires_s, revoked_s, device) VALUES (?, ?, 'pid', 998, ?, 1, ?, 0, ?)",
            ((secrets.token_urlsafe(16), person, n, int(time.time()) + 86400, f"phone-{n}")
             for n in range(1001)))
    issue_gateway.dvara("person", "revoke", "vannak")
    assert issue_gateway.sql("SELECT COUNT(*) FROM credential WHERE person_id = ? AND revoked_s = 0",
                             person) == [(0,)]
