# SPDX-License-Identifier: Apache-2.0
"""login: a whole login without a screen, by the pages that a person would see."""
import json
from pathlib import Path
from urllib.parse import urljoin

from . import cards, people, services
from .browser import Browser, Refused  # noqa: F401  (Refused is for the caller)
from .fault import Stop
from .relying_party import RelyingParty


def login(status, wish):
    """wish: persona, method, client, claims, and call: {id: path} of services, or None for all."""
    home = _named(status["wallets"], wish.persona, "persona")
    card = _named(status["cards"], wish.persona, "persona")
    client = json.loads(Path(_named(status["clients"], wish.client, "client")).read_text())
    if not client["redirect_uris"]:
        raise Stop(f"{wish.client} signs in nobody by a browser: {' '.join(client['grant_types'])}")
    for id_ in wish.call or ():
        if id_ not in client.get("dvara_resources", []):
            raise Stop(f"{wish.client} may not call {id_}: its dvara_resources do not name it")
    ca_file = status.get("ca_file")
    party = RelyingParty(status["issuer"], client, ca_file)
    browser = Browser(ca_file, party.redirect_uri)

    # prompt=consent: what was allowed at an earlier login does not decide this one.
    url, kept = party.request(scope=client["scope"], prompt="consent")
    browser.open(url)
    _choose(browser, wish.method)
    if wish.method == "card":
        _insert(browser, status["issuer"], card)
    else:
        _present(browser, status["bin"], home, ca_file)
    # Those of a service (SERVICE/NAME) are on the page that comes when it is called.
    _consent(browser, [name for name in wish.claims if "/" not in name])
    tokens = party.redeem(_answer(browser), kept)
    return {"id_token": tokens["claims"], "userinfo": party.userinfo(tokens),
            "services": _services(browser, party, client, wish)}


def _named(table, name, what):
    if name not in table:
        raise Stop(f"there is no {what} {name}: {', '.join(table)}", 3)
    return table[name]


def _choose(browser, method):
    way = _on_page(browser, f"login-{method}")
    browser.open(urljoin(browser.url, way["href"]))


def _insert(browser, issuer, card):
    """What the page's script and the Web eID extension do."""
    _on_page(browser, "card-start")
    nonce = browser.ask("GET", f"{issuer}/card/challenge")["nonce"]
    token = cards.web_eid_token(card, issuer, nonce)
    browser.open(browser.ask("POST", f"{issuer}/card/login", {"auth-token": token})["redirect_uri"])


def _present(browser, programs, home, ca_file):
    """The wallet on the same device: it is given the link, and sends the browser on."""
    link = _on_page(browser, "wallet-link")["href"]
    try:
        presented = people.wallet(programs, home, ca_file, "present", link)
    except Stop:
        # The wallet learns nothing; the page says why.
        browser.submit(_on_page(browser, "wallet-form"), {"code": ""})
        raise
    if not presented.get("redirect_uri"):
        raise Stop(f"the wallet was sent nowhere: {json.dumps(presented)}")
    browser.open(presented["redirect_uri"])


def _consent(browser, claims):
    if browser.answer:
        return
    form = _on_page(browser, "consent")
    offered = [box["value"] for box in form.inputs("claim")]
    strange = [name for name in claims if name not in offered]
    if strange:
        raise Stop(f"the page does not ask for {', '.join(strange)}: it asks for "
                   f"{', '.join(offered) or 'nothing'}")
    ticked = [box["value"] for box in form.inputs("claim")
              if "disabled" not in box.attributes and box["value"] in claims]
    browser.submit(form, {"claim": ticked, "decision": "allow"})


def _services(browser, party, client, wish):
    """Each service by a token of its own: the same browser is asked again, quietly. Where a service
    needs a consent of its own, the page asks for all at once, as what is allowed then takes the
    place of what was allowed before; what is essential to the service is allowed."""
    found, calls = {}, wish.call or services.CALLS
    all_ = [f"{party.issuer}/services/{id_}" for id_ in client.get("dvara_resources", [])]
    for id_ in client.get("dvara_resources", []):
        if id_ not in calls:
            continue
        base = f"{party.issuer}/services/{id_}"
        url, kept = party.request(scope="openid", prompt="none", resource=base)
        if _answer(browser.open(url)).get("error") == "consent_required":
            url, kept = party.request(scope=client["scope"], resource=all_)
            _consent(browser.open(url), wish.claims)
        tokens = party.redeem(_answer(browser), kept, resource=base)
        found[id_] = party.call(base + calls[id_], tokens)
    return found


def _answer(browser):
    if browser.answer is None:
        raise Stop(f"the login did not end: it stands at {browser.url.split('?')[0]}")
    return browser.answer


def _on_page(browser, id_):
    if browser.answer:
        raise Stop("the gateway answered before anybody signed in: "
                   f"{browser.answer.get('error', 'with a code')}")
    element = browser.page.find(id_)
    if element is None:
        title = browser.page.first("h1")
        raise Stop(f"no #{id_} on the page {browser.url.split('?')[0]}"
                   f" ({title.text if title else 'no title'})")
    return element

