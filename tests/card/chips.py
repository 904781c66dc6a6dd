# SPDX-License-Identifier: Apache-2.0
"""Keys that do not come out of what holds them: in SoftHSM2, and in a card of our own that stands in
a virtual reader of pcscd.  Both sign by OpenSC's pkcs11-tool, as the software of a real card does.

    with Softhsm(folder) as chip: ...
    with PivCard(folder, key, certificate) as chip: ...
    chip.sign(algorithm, signed)      # as in cards.Card
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import threading
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway import free_port

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
OPENSC = next((str(path) for path in pathlib.Path("/usr/lib").glob("*/opensc-pkcs11.so")), None)
PCSCD_SOCKET = pathlib.Path("/run/pcscd/pcscd.comm")
VPCD = next((str(path) for path in pathlib.Path("/usr/lib/pcsc/drivers/serial").glob(
    "libifdvpcd*.so")), None)
TURN = "/run/lock/dvara-virtual-reader"
START_S = 40
OK, NOT_FOUND, WRONG_PIN, UNKNOWN = b"\x90\x00", b"\x6a\x82", b"\x63\xc2", b"\x6d\x00"


class Missing(Exception):
    """What this machine lacks for it."""


def need(*programs):
    for program in programs:
        if program is None or (shutil.which(program) is None and not os.path.exists(program)):
            raise Missing(f"{program} is not installed")


class Chip:
    """What pkcs11-tool does with a token."""

    module, pin, key_id, environment = None, None, None, {}

    def tool(self, *words, **more):
        return subprocess.run(
            ["pkcs11-tool", "--module", self.module, *words], check=True, timeout=30,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **self.environment}, **more).stdout

    def sign(self, algorithm, signed):
        into, out = self.folder / "signed", self.folder / "signature"
        if algorithm.startswith("ES"):
            into.write_bytes(getattr(hashlib, "sha" + algorithm[2:])(signed).digest())
            mechanism = ("ECDSA", "--signature-format", "rs")
        else:
            into.write_bytes(signed)
            mechanism = (f"SHA{algorithm[2:]}-RSA-PKCS",)
        self.tool("--login", "--pin", self.pin, "--sign", "--id", self.key_id, "-i", str(into),
                  "-o", str(out), "--mechanism", *mechanism)
        return out.read_bytes()


class Softhsm(Chip):
    module, pin, key_id = SOFTHSM, "1234", "02"

    def __init__(self, folder):
        need("softhsm2-util", "pkcs11-tool", SOFTHSM)
        self.folder = pathlib.Path(folder)

    def __enter__(self):
        (self.folder / "tokens").mkdir()
        (self.folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {self.folder}/tokens\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}
        self.util("--init-token", "--free", "--label", "eid", "--so-pin", "0000", "--pin", self.pin)
        # Made outside and put in: pkcs11-tool 0.23 reads no public EC key out of a token.
        key = ec.generate_private_key(ec.SECP384R1())
        self.public_key = key.public_key()
        path = self.folder / "key.p8"
        path.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.util("--import", str(path), "--token", "eid", "--label", "auth", "--id", self.key_id,
                  "--pin", self.pin)
        path.unlink()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder / "tokens")

    def util(self, *words):
        subprocess.run(["softhsm2-util", *words], check=True, timeout=30, capture_output=True,
                       env={**os.environ, **self.environment})


def tlv(tag, value):
    """BER-TLV; tag as bytes."""
    length = len(value)
    if length < 0x80:
        return tag + bytes([length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(octets)]) + octets + value


class Applet:
    """A small PIV card (NIST SP 800-73): one RSA key of 2048 bits for authentication, one PIN,
    nothing to change."""

    ATR = bytes.fromhex("3b80800101")
    AID = bytes.fromhex("a000000308000010000100")
    PIN = b"123456\xff\xff"

    def __init__(self, key, certificate):
        self.numbers, self.is_open = key.private_numbers(), False
        der = certificate.public_bytes(serialization.Encoding.DER)
        chuid = (tlv(b"\x30", bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb"))
                 + tlv(b"\x34", bytes(range(16))) + tlv(b"\x35", b"20380101")
                 + tlv(b"\x3e", b"") + tlv(b"\xfe", b""))
        self.objects = {
            bytes.fromhex("5fc102"): chuid,
            bytes.fromhex("5fc105"): tlv(b"\x70", der) + tlv(b"\x71", b"\0") + tlv(b"\xfe", b"")}
        self.left = self.chained = b""

    def answer(self, apdu):
        """One command: its answer with the two bytes of state behind it."""
        instruction, p1, p2 = apdu[1], apdu[2], apdu[3]
        data = apdu[5:5 + apdu[4]] if len(apdu) > 5 else b""
        data, self.chained = self.chained + data, b""
        if apdu[0] & 0x10:  # more of it comes
            self.chained = data
            return OK
        if instruction == 0xC0:
            return self.chunk(self.left)
        if instruction == 0xA4:
            return self.select(data)
        if instruction == 0xCB:
            return self.object(data)
        if instruction == 0x20 and p2 == 0x80:
            return self.verify(data)
        if instruction == 0x87 and (p1, p2) == (0x07, 0x9A):
            return self.authenticate(data)
        return UNKNOWN

    def chunk(self, octets):
        """256 bytes at most; how many are left is said at the end, 0: that many or more."""
        now, self.left = octets[:256], octets[256:]
        state = bytes([0x61, len(self.left) if len(self.left) < 256 else 0])
        return now + (state if self.left else OK)

    def select(self, aid):
        if not aid or not self.AID.startswith(aid[:9]):
            return NOT_FOUND
        return self.chunk(tlv(b"\x61", tlv(b"\x4f", self.AID[5:]) + tlv(
            b"\x79", tlv(b"\x4f", self.AID[:5]))))

    def object(self, data):
        found = self.objects.get(data[2:2 + data[1]]) if data[:1] == b"\x5c" else None
        return NOT_FOUND if found is None else self.chunk(tlv(b"\x53", found))

    def verify(self, pin):
        if pin:
            self.is_open = pin == self.PIN
        return OK if self.is_open else WRONG_PIN

    def authenticate(self, data):
        """INTERNAL AUTHENTICATE: 7C {82: empty, 81: a padded block}; the PIN opens it."""
        if not self.is_open:
            return b"\x69\x82"
        block = data.partition(b"\x81\x82\x01\x00")[2]
        signature = pow(int.from_bytes(block, "big"), self.numbers.d,
                        self.numbers.public_numbers.n).to_bytes(256, "big")
        return self.chunk(tlv(b"\x7c", tlv(b"\x82", signature)))


class PivCard(Chip):
    """pcscd with a virtual reader, and the card in it."""

    module, pin, key_id = OPENSC, "123456", "01"

    def __init__(self, folder, key, certificate):
        need("pcscd", "pkcs11-tool", OPENSC)
        if VPCD is None:
            raise Missing("vsmartcard-vpcd is not installed")
        if os.geteuid() != 0:
            raise Missing("pcscd wants to be root")
        # The reader is one for the whole machine: another run of these tests ends with it first.
        self.turn = open(TURN, "wb")
        fcntl.flock(self.turn, fcntl.LOCK_EX)
        if PCSCD_SOCKET.exists():
            self.turn.close()
            raise Missing("another pcscd runs here")
        self.folder, self.applet = pathlib.Path(folder), Applet(key, certificate)

    def __enter__(self):
        self.log = self.folder / "pcscd.log"
        with open(self.log, "wb") as log:
            self.daemon = subprocess.Popen(
                ["pcscd", "--foreground", "--config", str(self.readers())], stdout=log, stderr=log)
        try:
            self.reader = self.connect()
            threading.Thread(target=self.serve, daemon=True).start()
            self.wait_for_card()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.daemon.terminate()
        self.daemon.wait(30)
        PCSCD_SOCKET.unlink(missing_ok=True)
        self.turn.close()

    def readers(self):
        """The packaged port lies among those that callers get: in the middle of other tests it may
        be somebody's."""
        folder, self.port = self.folder / "readers", free_port(2)
        folder.mkdir()
        (folder / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x{self.port:X}\n'
            f"LIBPATH {VPCD}\nCHANNELID 0x{self.port:X}\n")
        return folder

    def connect(self):
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.daemon.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1)
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the virtual reader does not listen")

    def wait_for_card(self):
        until, why = time.monotonic() + START_S, None
        while time.monotonic() < until:
            try:
                why = self.tool("--list-token-slots")
                if b"token" in why:
                    return
            except subprocess.SubprocessError as error:
                why = f"{error} {error.stderr}"
            time.sleep(0.1)
        raise RuntimeError(f"OpenSC does not see the card: {why}; {self.log.read_text()[-3000:]}")

    def serve(self):
        """The vpcd protocol: two bytes of length, then a command; one byte alone is the reader's."""
        self.reader.settimeout(None)
        while True:
            head = self.receive(2)
            if head is None:
                return
            command = self.receive(struct.unpack(">H", head)[0])
            if command is None:
                return
            if len(command) > 1:
                self.send(self.applet.answer(command))
            elif command == b"\x04":
                self.send(Applet.ATR)
            else:
                self.applet.is_open = False

    def receive(self, n):
        octets = b""
        while len(octets) < n:
            try:
                more = self.reader.recv(n - len(octets))
            except OSError:
                return None
            if not more:
                return None
            octets += more
        return octets

    def send(self, octets):
        self.reader.sendall(struct.pack(">H", len(octets)) + octets)
