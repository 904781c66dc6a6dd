# SPDX-License-Identifier: Apache-2.0
"""The gateway: its configuration, its administration, its process."""
import http.client
import json
import subprocess
import urllib.request

from . import processes
from .fault import Stop
from .place import HOST

CONFIG = """\
# Made by deploy/demo; every setting is told in conf/dvara.conf.
[gateway]
issuer = {issuer}
listen = {host}:{port}
management = {host}:{management}
state = {dir}/state
name = Dvara demo
help_url = {portal}/help
demo = yes
{mtls}{tls}
[redis]
address = unix:{dir}/redis.sock

[login]
methods = wallet card

[card]
folder = {dir}/pki/cards

[wallet]
certificate_file = {dir}/pki/verifier.pem
key_file = {dir}/pki/verifier.key
anchors_file = {dir}/pki/issuers.pem
# the web wallet of the portal
universal_link = {portal}/wallet
web_origins = {portal}

[issue]
certificate_file = {dir}/pki/issuer.pem
key_file = {dir}/pki/issuer.key
types_folder = {root}/conf/demo/credentials

[services]
folder = {dir}/services
host = {bin}/dvara-service
enabled = {services}
trust = {dir}/pki/services.json

[outbound]
# webhooks and status lists of this machine
allow = 127.0.0.0/8 ::1
{ca}
[limits]
# a lock-out after wrong client secrets ends soon
lockout = 60s
"""
MTLS = """\
mtls_listen = {host}:{port}
mtls_url = {url}
"""
TLS = """
[tls]
certificate_file = {dir}/pki/tls.pem
key_file = {dir}/pki/tls.key
client_anchors_file = {dir}/pki/client-ca.pem
"""


class Gateway:
    def __init__(self, place):
        self.place = place
        self.config = place / "dvara.conf"

    def configure(self, services):
        place = self.place
        self.place.write("dvara.conf", CONFIG.format(
            issuer=place.issuer, host=HOST, dir=place.dir, root=place.root, bin=place.bin,
            portal=place.portal,
            port=place.port, management=place.ports["management"], services=" ".join(services),
            tls=TLS.format(dir=place.dir) if place.tls else "",
            mtls=MTLS.format(host=HOST, port=place.ports["mtls"], url=place.mtls)
            if place.tls else "",
            ca=f"ca_file = {place.ca_file}\n" if place.tls else ""))
        (place / "state").mkdir(mode=0o700, exist_ok=True)

    def dvara(self, *words, text=None):
        """`dvara NOUN VERB …`: its answer."""
        ran = subprocess.run([self.place.bin / "dvara", *words, "--json", "--config", self.config],
                             input=text, capture_output=True, text=True, timeout=60, check=False)
        if ran.returncode != 0:
            raise Stop(f"dvara {' '.join(words)}: {ran.stderr.strip() or ran.returncode}")
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    def sign_service(self, manifest):
        """By the key that [services] trust names."""
        signed = self.dvara("service", "sign", manifest, self.place / "pki/services.key")
        self.place.write("pki/services.json", {"keys": [signed["jwk"]]})

    def start(self):
        words = [self.place.bin / "dvara", "serve", "--config", self.config]
        child = processes.start(self.place, "gateway", words)
        processes.wait_for(self.place, "gateway", child, self.is_ready)

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.place.management + "/health/ready", timeout=5) as answer:
                return answer.status == 200
        except (http.client.HTTPException, OSError):
            return False
