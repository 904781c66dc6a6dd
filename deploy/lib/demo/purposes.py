# SPDX-License-Identifier: Apache-2.0
"""What relying parties may ask: conf/demo/purposes/*.json, proposed by one operator of the demo and
approved by another; DIR/operators holds their keys. Signed by the gateway's key, which is there
once it has started."""
import json

from . import pki

PROPOSER, APPROVER = "channary", "vuthy"


def register(place, gateway):
    operators = {name: _operator(place, name) for name in (PROPOSER, APPROVER)}
    for path in sorted((place.root / "conf/demo/purposes").glob("*.json")):
        purpose = json.loads(path.read_text())
        gateway.dvara("purpose", "apply", str(path), *operators[PROPOSER])
        gateway.dvara("purpose", "approve", purpose["client_id"], purpose["id"],
                      *operators[APPROVER])


def _operator(place, name):
    return "--operator-key", str(place.write(f"operators/{name}.pem", pki.key_pem(pki.new_key())))
