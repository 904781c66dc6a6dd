# SPDX-License-Identifier: Apache-2.0
"""The personas of conf/demo/personas.json: entries in the register, each with a wallet."""
import json
import subprocess

from .fault import Stop


def load(place):
    return json.loads((place.root / "conf/demo/personas.json").read_text())


def register(place, gateway):
    """Everybody is alive and well at first: whoever died or was blocked had a wallet before."""
    _apply(place, gateway, [{**person, "life": "active"} for person in load(place)])


def settle(place, gateway):
    """What has become of them since."""
    _apply(place, gateway, load(place))


def _apply(place, gateway, people):
    gateway.dvara("person", "apply", str(place.write("people.json", people)))


def fill_wallets(place, gateway):
    trust = b"".join((place / f"pki/{name}.pem").read_bytes() for name in ("issuers", "verifiers"))
    for person in load(place):
        name = person["short_name"]
        place.write(f"wallets/{name}/trust.pem", trust)
        offer = gateway.dvara("person", "offer", name)
        wallet(place.bin, wallets(place)[name], place.ca_file,
               "accept", offer["credential_offer_uri"], "--tx-code", offer["tx_code"])


def wallets(place):
    return {person["short_name"]: str(place / "wallets" / person["short_name"])
            for person in load(place)}


def wallet(programs, home, ca_file, *words):
    """Runs the reference wallet: its answer."""
    tls = ["--ca-file", str(ca_file)] if ca_file else []
    ran = subprocess.run([f"{programs}/dvara-wallet", "--home", home, *tls, *words],
                         capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode != 0:
        raise Stop(f"dvara-wallet {words[0]}: {ran.stderr.strip() or ran.returncode}")
    return json.loads(ran.stdout)
