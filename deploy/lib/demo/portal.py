# SPDX-License-Identifier: Apache-2.0
"""The demo portal's process (deploy/portal)."""
import http.client
import secrets
import ssl
import sys
import urllib.request

from . import processes
from .place import HOST


def start(place):
    """Its session key is new at each start: who was signed in there signs in again."""
    place.write("portal.json", {
        "issuer": place.issuer, "base": place.portal, "host": HOST, "port": place.ports["portal"],
        "client": str(place / "clients/portal.json"),
        "ca_file": str(place.ca_file) if place.tls else None,
        "certificate": str(place / "pki/tls.pem") if place.tls else None,
        "key": str(place / "pki/tls.key") if place.tls else None,
        "anchors": [str(place / f"pki/{name}.pem") for name in ("issuers", "verifiers")],
        "style": str(place.root / "gateway/pages/templates/style.css"),
        "session_key": secrets.token_urlsafe(32)})
    words = [sys.executable, "-s", "-B", place.root / "deploy/portal/portal.py",
             place / "portal.json"]
    child = processes.start(place, "portal", words)
    processes.wait_for(place, "portal", child, lambda: _answers(place))


def _answers(place):
    trust = ssl.create_default_context(cafile=place.ca_file) if place.tls else None
    try:
        with urllib.request.urlopen(place.portal + "/help", timeout=5, context=trust) as answer:
            return answer.status == 200
    except (http.client.HTTPException, OSError):
        return False
