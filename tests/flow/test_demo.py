# SPDX-License-Identifier: Apache-2.0
"""deploy/demo, as CONTRACT section 1 promises it: up, status, login, down; and its portal."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import types
from urllib.parse import urljoin

import pytest
import requests
from authlib.jose import JsonWebToken

from dpop import Proofs
from jwt_tools import payload_of
from relying_party import ASSERTION_TYPE

from gateway import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))
from demo import up  # noqa: E402
from demo.browser import Browser, Refused  # noqa: E402
from demo.relying_party import RelyingParty as DemoParty  # noqa: E402

PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())
ALIVE = [one["short_name"] for one in PERSONAS if one.get("life", "active") == "active"]
N_PORTS = 4
PATIENCE_S = 180
SANITIZER = re.compile(r"(Address|Leak|Thread)Sanitizer|runtime error:")


def programs():
    """Of the newest build, those with sanitizers first; none: the demo builds its own."""
    if "DVARA_BIN" in os.environ:
        return {}
    found = sorted(ROOT.glob("build/*/bin/dvara"),
                   key=lambda path: ("asan" in str(path), path.stat().st_mtime))
    return {"DVARA_BIN": str(found[-1].parent)} if found else {}


class Demo:
    """The command, for one folder."""

    def __init__(self, folder):
        self.dir, self.port = pathlib.Path(folder), free_port(N_PORTS)
        self.environment = {**os.environ, **programs()}

    def words(self, *words):
        return [str(ROOT / "deploy/demo"), *words, "--dir", str(self.dir)]

    def run(self, *words, code=0):
        ran = subprocess.run(self.words(*words), env=self.environment, capture_output=True,
                             text=True, timeout=PATIENCE_S, check=False)
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran

    def up(self, *words, code=0):
        return self.run("up", "--detach", "--port", str(self.port), *words, code=code)

    def json(self, *words, code=0):
        return json.loads(self.run(*words, code=code).stdout)

    def login(self, *words, code=0):
        return self.json("login", *words, code=code)

    def processes(self):
        """Whatever runs with this folder in its words, services too: {pid: words}."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.dir) in words and int(path.parent.name) != os.getpid():
                    found[int(path.parent.name)] = words
        return found

    def last_words(self):
        """Of the gateway: why a login failed is there."""
        log = (self.dir / "log/gateway.log").read_text(errors="replace")
        return "\n".join(log.splitlines()[-40:])

    def check_logs(self):
        for log in (self.dir / "log").glob("*.log"):
            text = log.read_text(errors="replace")
            assert not SANITIZER.search(text), text[-4000:]


def dvara(status, *words):
    ran = subprocess.run([status["bin"] + "/dvara", *words, "--json", "--config", status["config"]],
                         check=True, capture_output=True, text=True, timeout=30)
    return json.loads(ran.stdout) if ran.stdout else None


def withdraw_all(status, persona):
    """So that they are asked again."""
    for consent in dvara(status, "consent", "list", persona):
        if "withdrawn" not in consent and "ended" not in consent:
            dvara(status, "consent", "withdraw", consent["id"])


@contextlib.contextmanager
def demo_in(folder, *words):
    one = Demo(folder)
    try:
        one.up(*words)
        yield one
    finally:
        one.run("down")
        assert one.processes() == {}
    one.check_logs()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with demo_in(tmp_path_factory.mktemp("demo")) as one:
        yield one


@pytest.fixture(scope="module")
def status(demo):
    return demo.json("status")


def test_a_demo_of_other_services_is_another_one():
    here = types.SimpleNamespace(root=ROOT)
    recipes = [up._recipe(here, ids) for ids in ({"a": 1}, {"a": 2}, {"a": 1, "b": 1}, {})]
    assert recipes[0] == recipes[1] and len(set(recipes)) == 3


def test_status_names_what_the_contract_names(demo, status):
    assert status["issuer"] == f"http://127.0.0.1:{demo.port}"
    assert status["portal"] == f"http://127.0.0.1:{demo.port + 1}"
    assert status["management"] == f"http://127.0.0.1:{demo.port + 2}"
    assert status["dir"] == str(demo.dir)
    assert {"dvara", "dvara-service", "dvara-wallet"} <= set(os.listdir(status["bin"]))
    assert pathlib.Path(status["config"]).is_file()
    assert list(status["wallets"]) == [one["short_name"] for one in PERSONAS]
    for home in status["wallets"].values():
        assert (pathlib.Path(home) / "trust.pem").is_file()
    assert list(status["cards"]) == list(status["wallets"])
    for card in [*status["cards"].values(), *status["card_ca"].values()]:
        assert pathlib.Path(card).is_file()
    assert {"portal", "insurer", "kiosk", "helpline", "phone-wallet"} <= set(status["clients"])


def test_who_has_no_browser(status):
    """The demo's clients of the device grant and of CIBA."""
    kiosk, helpline = (json.loads(pathlib.Path(status["clients"][name]).read_text())
                       for name in ("kiosk", "helpline"))
    answer = requests.post(f"{status['issuer']}/device_authorization", timeout=20,
                           data={"client_id": kiosk["client_id"], "scope": "openid profile"})
    assert answer.status_code == 200 and answer.json()["user_code"], answer.text
    key = next(key for key in helpline["private_jwks"]["keys"] if key["use"] == "sig")
    now = int(time.time())
    assertion = JsonWebToken(["ES256"]).encode(
        {"alg": "ES256", "kid": key["kid"]},
        {"iss": "helpline", "sub": "helpline", "aud": status["issuer"], "iat": now,
         "exp": now + 60, "jti": str(time.time_ns())}, key)
    answer = requests.post(f"{status['issuer']}/bc-authorize", timeout=20, data={
        "client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE,
        "scope": "openid profile", "login_hint": "sophea", "binding_message": "1234"})
    assert answer.status_code == 200 and answer.json()["auth_req_id"], answer.text


@pytest.mark.parametrize("client", ["kiosk", "helpline"])
def test_a_login_of_who_has_no_browser(demo, client):
    assert "by a browser" in demo.run("login", "--client", client, code=1).stderr


def test_client_files_are_metadata_with_a_secret_or_keys(status):
    portal, insurer = (json.loads(pathlib.Path(status["clients"][name]).read_text())
                       for name in ("portal", "insurer"))
    assert portal["client_secret"]
    assert {key["use"] for key in insurer["private_jwks"]["keys"]} == {"sig", "enc"}
    assert all("d" in key for key in insurer["private_jwks"]["keys"])
    assert not any("d" in key for key in insurer["jwks"]["keys"])
    assert len(insurer["dvara_purposes"][0]["claims"]) >= 2
    for file in status["clients"].values():
        assert os.stat(file).st_mode & 0o077 == 0


def test_a_login_gives_tokens_userinfo_and_services(demo, status):
    got = demo.login()
    assert got["id_token"]["iss"] == status["issuer"]
    assert got["id_token"]["aud"] == "portal"
    assert got["userinfo"] == {"sub": got["id_token"]["sub"], "name": "សុខ សុភា"}
    applications = got["services"]["application-tracking"]["applications"]
    assert [one["reference"] for one in applications] == ["CR-1042", "DL-77310"]
    assert got["services"]["sim-registration"] == {"registrations": []}
    assert len(got["services"]["welfare-eligibility"]["programmes"]) == 3


@pytest.mark.parametrize("persona", ALIVE)
def test_every_persona_who_lives_signs_in(demo, persona):
    known = next(one for one in PERSONAS if one["short_name"] == persona)
    assert demo.login("--persona", persona)["userinfo"]["name"] == known["claims"]["name"]


@pytest.mark.parametrize("persona, title", [("sidi", "This identity can no longer be used"),
                                            ("dara", "Your identity is blocked")])
def test_the_dead_and_the_blocked_are_refused_with_the_page(demo, persona, title):
    page = demo.login("--persona", persona, code=1)
    assert page["title"] == title
    assert page["reason"] and "Go back to Citizen portal" in page["action"]
    code = re.fullmatch("[0-9a-f]{10}", page["code"])
    assert code and code.group() in (demo.dir / "log/gateway.log").read_text()


def test_a_login_by_card_is_the_same_person(demo):
    by_card = demo.login("--method", "card", "--persona", "bopha")
    by_wallet = demo.login("--persona", "bopha")
    assert by_card["id_token"]["sub"] == by_wallet["id_token"]["sub"]
    assert by_card["id_token"]["acr"] == "urn:dvara:loa:high"
    assert by_card["services"].keys() == by_wallet["services"].keys()
    refused = demo.login("--method", "card", "--persona", "dara", code=1)
    assert refused["error"] == "refused"


def test_what_is_not_ticked_is_nowhere(demo):
    """Each login decides anew, whatever was allowed before."""
    told = demo.login("--persona", "claire", "--claims", "email,birthdate")
    assert told["userinfo"]["email"] == "claire@people.example"
    assert told["userinfo"]["birthdate"] == "1978-09-05"
    assert set(told["userinfo"]) == {"sub", "name", "email", "birthdate"}
    silent = demo.login("--persona", "claire")
    assert set(silent["userinfo"]) == {"sub", "name"}
    assert "claire@people.example" not in json.dumps(silent)


def test_a_claim_that_is_not_asked_cannot_be_ticked(demo):
    assert "it asks for name" in demo.run("login", "--claims", "nonsense", code=1).stderr


def test_the_insurers_purpose_is_registered(status):
    answer = requests.get(f"{status['issuer']}/purposes/insurer/insurance-contract", timeout=20)
    assert answer.json()["state"] == "in_force" and answer.json()["number"] == 1


def test_the_insurer_may_ask_for_consent_by_api(status):
    insurer = json.loads(pathlib.Path(status["clients"]["insurer"]).read_text())
    assert "client_credentials" in insurer["grant_types"] and "consent" in insurer["scope"].split()
    key = next(key for key in insurer["private_jwks"]["keys"] if key["use"] == "sig")
    proofs, now = Proofs(), int(time.time())
    assertion = JsonWebToken(["ES256"]).encode(
        {"alg": "ES256", "kid": key["kid"]},
        {"iss": "insurer", "sub": "insurer", "aud": status["issuer"], "iat": now, "exp": now + 60,
         "jti": str(time.time_ns())}, key)
    token = requests.post(f"{status['issuer']}/token", timeout=20, data={
        "grant_type": "client_credentials", "client_assertion": assertion,
        "client_assertion_type": ASSERTION_TYPE},
        headers=proofs.header("POST", f"{status['issuer']}/token")).json()["access_token"]
    url = f"{status['issuer']}/consent/v1/purposes"
    answer = requests.get(url, headers=proofs.shown("GET", url, token), timeout=20)
    assert [one["id"] for one in answer.json()["data"]] == ["insurance-contract"], answer.text


def test_another_relying_party_knows_the_person_by_another_name(demo):
    insurer, portal = demo.login("--client", "insurer"), demo.login()
    assert insurer["id_token"]["aud"] == "insurer"
    assert set(insurer["userinfo"]) == {"sub", "name", "birthdate"}
    assert insurer["id_token"]["sub"] != portal["id_token"]["sub"]


@pytest.mark.parametrize("words", [("--persona", "nobody"), ("--client", "nobody")])
def test_who_is_not_there_is_told_with_those_who_are(demo, words):
    line = demo.run("login", *words, code=3).stderr
    assert "sophea" in line or "insurer" in line


def test_up_again_says_that_it_runs(demo, status):
    before = demo.processes()
    assert "running already" in demo.up().stdout
    assert demo.processes() == before
    line = demo.run("up", "--detach", "--port", "1024", code=1).stderr
    assert status["issuer"] in line and "down" in line


def test_a_taken_port_is_named(tmp_path):
    one = Demo(tmp_path / "demo")
    for i, name in enumerate(("gateway", "portal", "management")):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", one.port + i))
            taken.listen()
            line = one.up(code=1).stderr.strip().split("\n")[-1]
        assert f"port {one.port + i} ({name}) is taken" in line
    assert one.processes() == {}
    assert "no demo in" in one.run("status", code=1).stderr


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    precious = tmp_path / "thesis.txt"
    precious.write_text("ten years")
    assert "thesis.txt" in Demo(tmp_path).up(code=1).stderr
    assert precious.read_text() == "ten years"


@pytest.mark.parametrize("name", ["a ;b", "a\nb", "x" * 200])
def test_a_folder_that_cannot_be_is_one_clear_line(tmp_path, name):
    line = Demo(tmp_path / name).up(code=1).stderr.strip()
    assert "--dir" in line and "Traceback" not in line


def test_what_a_crash_left_is_cleared_and_consents_stay(tmp_path):
    with demo_in(tmp_path / "demo") as one:
        one.login("--persona", "noy", "--claims", "phone_number")
        gateway = int((one.dir / "run/gateway").read_text().split()[0])
        os.kill(gateway, signal.SIGKILL)
        assert "not running" in one.run("login", code=1).stderr
        assert "what is left" in one.up().stderr
        consents = dvara(one.json("status"), "consent", "list", "noy")
        assert {consent["client_id"]: consent["allowed"] for consent in consents} == {
            "portal": ["name", "phone_number"], "welfare-eligibility": ["resident_of:KH"]}
        one.login("--persona", "noy")


def greeted(one, folder, service, *up_words):
    """By the lines of plugins/README.md, with a service of that name in the folder."""
    lines = re.search(r"To sign in and call it in a demo.*?\n\n((?:    [^\n]+\n)+)",
                      (ROOT / "plugins/README.md").read_text(), re.S)[1]
    script = lines.replace("DIR/", f"{one.dir}/").replace("greeting", service)
    for verb in ("up", "down", "login"):
        script = script.replace(f"deploy/demo {verb}", f"{ROOT}/deploy/demo {verb} --dir {one.dir} ")
    script = script.replace("--detach", " ".join(["--detach --port", str(one.port), *up_words]))
    programs_ = one.json("status")["bin"]
    ran = subprocess.run(
        ["bash", "-euc", script], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S,
        env={**one.environment, "PATH": f"{programs_}:{os.environ['PATH']}"}, check=False)
    assert ran.returncode == 0, f"{ran.stderr}\n{one.last_words()}"
    told = json.loads(ran.stdout[ran.stdout.rindex('"services": ') + 12:].rsplit("}", 1)[0])
    assert list(told) == [service]
    known = next(person for person in PERSONAS if person["short_name"] == "sophea")
    assert told[service]["hello"] == known["claims"]["given_name"]


def test_a_service_of_ones_own(tmp_path):
    with demo_in(tmp_path / "demo") as one:
        made = subprocess.run(
            ["bash", "-euc", "dvara service new greeting; make -C greeting"], cwd=tmp_path,
            env={**os.environ, "PATH": f"{one.json('status')['bin']}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        greeted(one, tmp_path, "greeting")
        assert "do not name it" in one.run("login", "--call", "stranger/hello", code=1).stderr


def test_ctrl_c_stops_all(tmp_path):
    one = Demo(tmp_path / "a demo of mine, deep down")
    with subprocess.Popen([*one.words("up"), "--port", str(one.port)], env=one.environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            for line in running.stdout:
                if "Ctrl-C" in line:
                    break
            one.login()
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    assert one.processes() == {}


def test_with_tls_everything_is_https(tmp_path):
    with demo_in(tmp_path / "demo", "--tls") as one:
        status = one.json("status")
        assert status["issuer"].startswith("https://") and status["portal"].startswith("https://")
        assert pathlib.Path(status["ca_file"]).is_file()
        assert one.login()["services"]["application-tracking"]["applications"]
        walk_the_portal(status)
        document = requests.get(f"{status['mtls']}/.well-known/openid-configuration", timeout=20,
                                verify=status["ca_file"]).json()
        assert document["mtls_endpoint_aliases"]["token_endpoint"] == f"{status['mtls']}/token"
        assert "tls_client_auth" in document["token_endpoint_auth_methods_supported"]
        for path in status["client_ca"].values():
            assert pathlib.Path(path).is_file()
        # It asks the gateway by an authority that the system does not know.
        greeted(one, ROOT / "deploy/examples", "python-service", "--tls")


def test_the_portal(status):
    walk_the_portal(status)


def test_sim_cards_in_the_portal(status):
    sell_sim(status, "vannak", "+85512345678")
    browser = Browser(status.get("ca_file"), until=None)
    portal = status["portal"]
    browser.open(portal + "/sign-in?lang=fr")
    browser.submit(browser.page.find("login-test"), {"persona": "vannak"})
    if browser.page.find("consent"):  # or allowed before
        browser.submit(browser.page.find("consent"), {"decision": "allow"})
    page = browser.open(portal + "/sims?lang=fr").page
    assert page.first("h1").text == "Cartes SIM à mon nom"
    assert "+85512345678" in page.first("h2").text
    give = [form for form in page.all("form") if form["action"] == "/sims/transfer"]
    assert len(browser.submit(give[0], {}).page.find("transfer-code").text.strip()) == 14
    page = browser.open(portal + "/sims").page
    mine = [form for form in page.all("form") if form["action"] == "/sims/report"]
    page = browser.submit(mine[0], {}).page
    assert browser.url == portal + "/sims" and "L'opérateur vérifie" in page.first("main").text
    assert not [form for form in page.all("form") if form["action"] == "/sims/report"]


def change_application(status, reference, state):
    """What an agency does that drops a file: the export is another one then."""
    path = pathlib.Path(status["dir"], "services/application-tracking/applications.json")
    export = json.loads(path.read_text())
    for applications in export["people"].values():
        for one in applications:
            if one["reference"] == reference:
                one["status"] = state
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(export))
    fresh.chmod(path.stat().st_mode)
    os.utime(fresh, ns=(1, path.stat().st_mtime_ns + 1))
    fresh.rename(path)


def test_news_in_the_portal(status):
    """An application changes: the portal is told, and tells the person, in words; nobody else."""
    browser, other = signed_in(status, "sophea"), signed_in(status, "vannak")
    page = browser.open(status["portal"] + "/applications?lang=en").page
    assert page.find("CR-1042") and page.find("DL-77310")
    n_before = page.first("main").text.count("CR-1042 has changed")
    change_application(status, "CR-1042", "ready")
    end = time.monotonic() + 60
    while browser.open(status["portal"] + "/applications?lang=en").page.first("main").text.count(
            "CR-1042 has changed") == n_before:
        assert time.monotonic() < end, "no news"
        time.sleep(0.2)
    news = browser.page.find("news").text
    assert news.startswith("News") and "(UTC)" in news and "application." not in news
    for language, word in (("km", "ដំណឹង"), ("lo", "ຂ່າວ"), ("fr", "Nouvelles"), ("ar", "الأخبار")):
        news = browser.open(f"{status['portal']}/applications?lang={language}").page.find("news")
        assert word in news.text.replace("\u200b", "") and "CR-1042" in news.text
    assert other.open(status["portal"] + "/applications").page.find("news") is None


def test_the_portal_takes_no_news_that_is_not_signed(status):
    for headers in ({}, {"webhook-id": "evt_1", "webhook-timestamp": str(int(time.time())),
                         "webhook-signature": "v1," + "A" * 43 + "="}):
        answer = requests.post(status["portal"] + "/news", data=b'{"type":"service.news"}',
                               headers=headers, timeout=20)
        assert answer.status_code == 400


def test_benefits_in_the_portal(status):
    """Asked first, decided by the rule that the page names; an appeal that the office answers."""
    withdraw_all(status, "sophea")
    portal = status["portal"]
    browser = Browser(status.get("ca_file"), until=None).open(portal + "/sign-in?lang=en")
    browser.submit(browser.page.find("login-test"), {"persona": "sophea"})
    browser.submit(browser.page.find("consent"), {"decision": "allow"})
    page = browser.open(portal + "/benefits?lang=en").page
    assert page.first("h1").text == "You have not allowed this yet"
    browser.open(portal + "/benefits?ask")
    browser.submit(browser.page.find("consent"), {
        "claim": ["welfare-eligibility/age_over_60"], "decision": "allow"})
    assert browser.url == portal + "/benefits"
    # What was allowed at the sign-in still stands.
    assert len(browser.open(portal + "/applications").page.all("section")) == 2
    browser.open(portal + "/benefits")
    forms = {form.hidden()["programme"]: form for form in browser.page.all("form")
             if form["action"] == "/benefits/check"}
    assert len(forms) == 3
    page = browser.submit(forms["disability"], {}).page
    assert page.find("outcome").text == "Documents are needed to decide"
    assert page.find("documents").text == "A letter from a health centre."
    page = browser.submit(forms["older-people"], {}).page
    assert page.find("outcome").text == "You cannot have it now"
    assert page.find("rule").text == "You are 60 or older."
    browser.open(urljoin(browser.url, page.find("appeal")["href"]))
    browser.submit(browser.page.find("appeal"), {"words": "I am\r\nolder."})
    assert browser.url.startswith(portal + "/benefits")
    assert "You will have an answer by" in browser.page.first("main").text
    answer_appeal(status, "Come to the office.")
    page = browser.open(portal + "/benefits").page
    assert "Come to the office." in page.first("main").text
    assert browser.open(portal + "/benefits?lang=ar").page.first("html")["dir"] == "rtl"
    assert not [one for one in browser.page.all("span") if one.get("class") == "untranslated"]


def answer_appeal(status, words):
    """As the office of social welfare does, by a token of its own."""
    client = json.loads(pathlib.Path(status["clients"]["social-welfare"]).read_text())
    party = DemoParty(status["issuer"], client, status.get("ca_file"))
    service = f"{status['issuer']}/services/welfare-eligibility"
    own = party.http.post(f"{status['issuer']}/token", timeout=20, data={
        "grant_type": "client_credentials", "resource": service, **party._proof()[1]}).json()
    bearer = {"Authorization": f"Bearer {own['access_token']}"}
    waiting, = party.http.get(f"{service}/appeals", timeout=20, headers=bearer).json()["appeals"]
    assert waiting["words"] == "I am\nolder."
    done = party.http.post(f"{service}/appeals/{waiting['decision']}/answer", timeout=20,
                           headers=bearer, json={"outcome": "refused", "answer": words})
    assert done.status_code == 200, done.text


def sell_sim(status, persona, number):
    """As Angkor Mobile does at its counter, and then in its own system."""
    client = json.loads(pathlib.Path(status["clients"]["angkor-mobile"]).read_text())
    party = DemoParty(status["issuer"], client, status.get("ca_file"))
    service = f"{status['issuer']}/services/sim-registration"
    browser = Browser(status.get("ca_file"), party.redirect_uri)
    url, kept = party.request(scope="openid", resource=service)
    browser.open(url)
    browser.submit(browser.page.find("login-test"), {"persona": persona})
    if browser.answer is None:
        browser.submit(browser.page.find("consent"), {"decision": "allow"})
    tokens = party.redeem(browser.answer, kept)
    made = party.http.post(f"{service}/registrations", json={"number": number}, timeout=20,
                           headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    claims = payload_of(made["proof"])
    own = party.http.post(f"{status['issuer']}/token", timeout=20, data={
        "grant_type": "client_credentials", "resource": service, **party._proof()[1]}).json()
    done = party.http.post(f"{service}/proofs", timeout=20,
                           headers={"Authorization": f"Bearer {own['access_token']}"},
                           json={"registration": claims["registration"], "jti": claims["jti"]})
    assert done.status_code == 200, done.text


def walk_the_portal(status):
    withdraw_all(status, "sophea")
    browser = Browser(status.get("ca_file"), until=None)
    portal = status["portal"]

    def title():
        return browser.page.first("h1").text

    browser.open(portal + "/?lang=km")
    assert browser.page.first("html")["lang"] == "km"
    browser.open(urljoin(browser.url, browser.page.find("sign-in")["href"]))
    assert browser.page.first("html")["lang"] == "km"  # ui_locales
    browser.submit(browser.page.find("login-test"), {"persona": "sophea"})
    browser.submit(browser.page.find("consent"), {"claim": ["email"], "decision": "allow"})
    assert browser.url == portal + "/me"
    assert browser.page.find("name").text == "សុខ សុភា"
    assert browser.page.find("email").text == "sophea@people.example"
    assert browser.page.find("address") is None
    assert len(browser.open(portal + "/applications").page.all("section")) == 2
    assert not [one for one in browser.page.all("span") if one.get("class") == "untranslated"]
    browser.submit(browser.page.all("form")[-1], {})
    assert title() == "អ្នកបានចាកចេញហើយ"
    browser.open(portal + "/me?lang=en")
    assert title() == "Please sign in"
    # Nothing is left to ask: from the sign-in straight to the portal.
    browser = Browser(status.get("ca_file"), until=None).open(portal + "/sign-in")
    browser.submit(browser.page.find("login-test"), {"persona": "sophea"})
    assert browser.url == portal + "/me"


def test_each_page_of_the_portal_leads_to_itself_in_other_languages(status):
    titles = set()
    for path in ("/", "/help", "/signed-out", "/me", "/callback?error=access_denied&state=x"):
        browser = Browser(None, until=None).open(status["portal"] + path)
        for link in [one for one in browser.page.all("a") if one.get("hreflang")]:
            page = browser.open(urljoin(browser.url, link["href"])).page
            assert page.first("html")["lang"] == link["hreflang"]
            titles.add(page.first("title").text)
    assert len(titles) == 5 * 5


def signed_in(status, persona):
    browser = Browser(None, until=None)
    browser.open(status["portal"] + "/sign-in")
    browser.submit(browser.page.find("login-test"), {"persona": persona})
    if browser.page.find("consent"):
        browser.submit(browser.page.find("consent"), {"decision": "allow"})
    assert browser.url == status["portal"] + "/me", browser.url
    return browser


def title(browser, url):
    return browser.open(url).page.first("h1").text


def test_signing_out_of_the_portal_signs_out_of_the_gateway(status):
    browser = signed_in(status, "bopha")
    form = next(one for one in browser.page.all("form") if one.get("action") == "/sign-out")
    browser.submit(form, {})
    assert browser.url == status["portal"] + "/signed-out"
    assert title(browser, status["portal"] + "/me") == "Please sign in"
    assert browser.open(status["portal"] + "/sign-in").page.find("login-test")


def test_signing_out_elsewhere_signs_out_of_the_portal(status):
    """By back-channel logout: at the account page, of both browsers at once."""
    one, other = signed_in(status, "bopha"), signed_in(status, "bopha")
    assert title(one, status["issuer"] + "/account") == "Your account"
    form = next(form for form in one.page.all("form")
                if form.get("action") == "/account/sessions/end-all")
    one.submit(form, {})
    assert one.page.first("h1").text == "You are signed out"
    for browser in (one, other):
        assert title(browser, status["portal"] + "/me") == "Please sign in"
    signed_in(status, "bopha")


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_the_portal_takes_no_other_logout_token(status, token):
    browser = signed_in(status, "bopha")
    answer = requests.post(status["portal"] + "/backchannel-logout", {"logout_token": token},
                           timeout=20)
    assert answer.status_code == 400
    assert title(browser, status["portal"] + "/me") == "My details"


def test_the_portal_says_in_plain_words_that_the_person_said_no(status):
    withdraw_all(status, "alex")
    browser = Browser(None, until=None)
    browser.open(status["portal"] + "/sign-in")
    browser.submit(browser.page.find("login-test"), {"persona": "alex"})
    browser.submit(browser.page.find("consent"), {"decision": "deny"})
    assert browser.url.startswith(status["portal"])
    assert browser.page.first("h1").text == "You are not signed in"
    assert "Nothing about you was shared" in browser.page.first("main").text


def test_the_portal_says_in_plain_words_that_the_login_was_refused(status):
    browser = Browser(None, until=None)
    browser.open(status["portal"] + "/sign-in")
    form = browser.page.find("login-test")
    with pytest.raises(Refused):
        browser.submit(form, {"persona": "dara"})
    back = [link["href"] for link in browser.page.all("a") if link.get("class") == "button"]
    browser.open(urljoin(browser.url, back[0]))
    assert browser.page.first("h1").text == "You are not signed in"


def test_the_portal_takes_no_answer_that_it_did_not_ask_for(status):
    browser = Browser(None, until=None)
    browser.open(status["portal"] + "/callback?code=abc&state=def")
    assert browser.page.first("h1").text == "This sign-in cannot go on"


def test_every_text_of_the_portal_is_there_in_every_language():
    texts = {path.stem: json.loads(path.read_text()) for path in
             (ROOT / "deploy/portal/texts").glob("*.json")}
    assert set(texts) == {"km", "lo", "en", "fr", "ar"}
    for language, one in texts.items():
        assert set(one) == set(texts["en"]), language
        for key, text in one.items():
            holes = re.compile(r"\{\w+\}")
            assert sorted(holes.findall(str(text))) == sorted(holes.findall(str(texts["en"][key])))


def test_packages_that_cannot_be_had_are_one_clear_line(tmp_path):
    for name, text in {"dpkg-query": "exit 1", "sudo": 'exec "$@"',
                       "apt-get": "echo 'E: Unable to locate package'; exit 100"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    one = Demo(tmp_path / "demo")
    one.environment["PATH"] = f"{tmp_path}:{one.environment['PATH']}"
    lines = one.up(code=1).stderr.strip().split("\n")
    assert "installing cmake" in lines[0]
    assert "Unable to locate" in lines[-2] and "could not be installed" in lines[-1]


def test_a_wrong_word_is_told_with_the_right_ones():
    ran = subprocess.run([ROOT / "deploy/demo", "upp"], capture_output=True, text=True,
                         timeout=30, check=False)
    assert ran.returncode == 2 and "up, status, login, down" in ran.stderr


def test_the_commands_of_the_readme(tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    commands = [line.split("#")[0].split() for block in blocks for line in block.split("\n")
                if line.startswith(("deploy/demo", "tests/run"))]
    assert [words[0] for words in commands[:2]] == ["deploy/demo", "tests/run"]
    assert all(os.access(ROOT / words[0], os.X_OK) for words in commands)
    verbs = [words[1:] for words in commands if words[0] == "deploy/demo" and words[1:]]
    assert verbs[0][0] == "up" and verbs[-1] == ["down"]
    one = Demo(tmp_path / "demo")
    try:
        for words in verbs:
            one.run(*words, *(["--port", str(one.port)] if words[0] == "up" else []))
    finally:
        one.run("down")
