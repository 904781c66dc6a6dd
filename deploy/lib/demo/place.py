# SPDX-License-Identifier: Apache-2.0
"""Where a demo lives: its folder, its ports, its addresses."""
import json
import os
import re
from pathlib import Path

from .fault import Stop

HOST = "127.0.0.1"
SOCKET = "redis.sock"
SOCKET_MAX = 107  # bytes of a socket's path (unix(7))


def default_folder():
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "dvara-demo")


class Place:
    """One demo. What it was started with is kept in its folder: later commands need only that."""

    def __init__(self, folder, port, tls, programs):
        self.dir = Path(os.path.abspath(folder))
        self.port, self.tls, self.bin = port, tls, Path(programs)
        if len(os.fsencode(self.dir / SOCKET)) > SOCKET_MAX:
            raise Stop(f"{self.dir}: too long a path for the socket in it; give a shorter --dir")
        if not re.fullmatch(r"(?!.*\s[;#])[^\x00-\x1f]*\S", str(self.dir)):
            raise Stop(f"{self.dir}: its name cannot stand in a configuration file; "
                       "give another --dir")

    @classmethod
    def of(cls, folder):
        """The demo that was started in this folder."""
        kept = Path(folder) / "place.json"
        try:
            return cls(folder, **json.loads(kept.read_text()))
        except (OSError, ValueError, TypeError):
            raise Stop(f"no demo in {folder}: deploy/demo up") from None

    def keep(self):
        self.write("place.json", {"port": self.port, "tls": self.tls, "programs": str(self.bin)})

    def __truediv__(self, name):
        return self.dir / name

    @property
    def root(self):
        return Path(os.environ["DVARA_ROOT"])

    @property
    def ports(self):
        ports = {"gateway": self.port, "portal": self.port + 1, "management": self.port + 2}
        return {**ports, "mtls": self.port + 3} if self.tls else ports

    def _url(self, name, scheme):
        return f"{scheme}://{HOST}:{self.ports[name]}"

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    @property
    def issuer(self):
        return self._url("gateway", self.scheme)

    @property
    def portal(self):
        return self._url("portal", self.scheme)

    @property
    def wallet(self):
        """The web wallet, a page of the portal."""
        return self.portal + "/wallet/"

    @property
    def management(self):
        return self._url("management", "http")

    @property
    def mtls(self):
        """Where client certificates are asked for."""
        return self._url("mtls", "https") if self.tls else None

    @property
    def ca_file(self):
        return self / "pki/tls-ca.pem" if self.tls else None

    def write(self, name, value, mode=0o600):
        """A file of the demo, whole or not at all; text, bytes, or what becomes JSON."""
        path = self / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not isinstance(value, (str, bytes)):
            value = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(value.encode() if isinstance(value, str) else value)
        fresh.chmod(mode)
        fresh.replace(path)
        return path

    def read(self, name):
        return json.loads((self / name).read_text())
