# SPDX-License-Identifier: Apache-2.0
"""What a service starts from (a signed manifest, and the file that it means) and what is around it
when it runs (cases G01, G10)."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from authlib.jose import JsonWebKey

import jwt_tools
from gateway import programs
from services import Caller, Signer, gateway_with, is_sanitized, plugin

REFUSED = ("EPERM", "EACCES", "ESRCH")


@pytest.fixture(scope="module")
def folder():
    """Where a user of its own can reach it; pytest's is root's alone."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def signer(folder):
    return Signer(folder)


@pytest.fixture(scope="module")
def inside(folder, signer):
    """A burglar, signed and at work."""
    place = plugin(folder, "burglar")
    plugin(folder, "borrower")
    for one in ("burglar", "borrower"):
        (folder / "services" / one).chmod(0o755)
    with gateway_with(folder, "burglar", "borrower", services__allow_unsigned="no",
                      services__trust=signer.trust) as running:
        for id_ in ("burglar", "borrower"):
            signer.sign(running, folder / "services" / id_)
        running.restart()
        caller = Caller(running, "burglar", "borrower")
        caller.is_back("burglar", caller.token("burglar"), path="/")
        caller.folder, caller.place = folder, place
        yield caller


def tried(inside, deed, **params):
    answer = inside.call("burglar", deed, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize("path", ["/inet", "/unix", "/execute", "/signal", "/trace", "/limits",
                                  "/own", "/set-signal", "/pair"])
def test_g10_what_is_not_done_there(inside, path):
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    pid_before = inside.call("burglar", "/").json()
    assert tried(inside, path) in REFUSED
    assert inside.call("burglar", "/").json() == pid_before
    assert inside.gateway.process.poll() is None


def test_g10_files_there_are(inside):
    assert tried(inside, "/read", path=inside.place / "manifest.json") == "0"
    assert tried(inside, "/write", path="burglar/mine") == "0"
    state = inside.gateway.folder / "state"
    proc = () if is_sanitized() else ("/proc/self/environ", "/proc/1/cmdline")
    for path in (*proc, "/etc/passwd", "/root", "/tmp",
                 inside.gateway.config, inside.gateway.database, state / "services/burglar.json",
                 state / "services/borrower/service.db", "borrower/service.db", "."):
        assert tried(inside, "/read", path=path) in REFUSED, path
    for path in ("/tmp/burglar", inside.place / "more", inside.place / "manifest.json", "mine",
                 "burglar/../mine", "borrower/mine", "/dev/shm/mine", "/var/tmp/mine"):
        assert tried(inside, "/write", path=path) in REFUSED, path


@pytest.mark.parametrize("deed", ["/open-up", "/empty"])
def test_g10_files_change_through_what_was_opened_alone(inside, deed):
    """Landlock guards no chmod(), and truncate() only since Linux 6.2: of a file that is the
    service's own by its user it would not."""
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    state = inside.gateway.folder / "state/services/burglar"
    assert tried(inside, "/write", path="burglar/own") == "0"
    own = state / "own"
    own.write_text("as it was")
    mode = own.stat().st_mode
    assert tried(inside, deed, path="burglar/own") == "EPERM"
    assert own.read_text() == "as it was" and own.stat().st_mode == mode


def test_g10_a_user_of_its_own(inside):
    if os.geteuid() != 0:
        pytest.skip("the gateway is not root: its services are the same user")
    uid = inside.call("burglar", "/").json()["uid"]
    assert 60706 <= uid < 61106
    assert tried(inside, "/root") == "EPERM"
    assert (inside.gateway.folder / "state/services/burglar").stat().st_uid == uid


def test_lines_have_an_end(inside):
    """It asks for lines to the gateway without an end: nobody else waits for it."""
    if is_sanitized():
        pytest.skip("there are no lines under a sanitizer")
    token = inside.token("burglar")
    inside.call("burglar", "/lines", token)
    inside.gateway.wait_for_log("burglar asks for more than 20 lines in a second: it waits")
    inside.client.tokens(inside.browser)
    assert inside.call("borrower", "/who", inside.token("borrower")).status_code == 200
    inside.gateway.restart()
    inside.is_back("burglar", inside.token("burglar"), path="/")


@pytest.mark.parametrize("name", [
    "userfaultfd", "io_uring_setup", "bpf", "keyctl", "add_key", "perf_event_open", "fork",
    "clone-user", "clone3", "unshare", "setns", "mount", "chroot", "process_vm_readv", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "rt_sigqueueinfo", "kill-all", "kill-group",
    "open_by_handle_at", "memfd_create", "personality", "dumpable", "outlive", "shmget", "mq_open",
    "inotify_init1", "setsid", "sethostname", "clock_settime", "syslog", "init_module",
    "owner-of-device"])
def test_g10_calls_that_no_service_needs(inside, name):
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    assert tried(inside, "/call", name=name) == ("ENOSYS" if name == "clone3" else "EPERM")
    assert inside.gateway.process.poll() is None


def test_g10_what_belongs_to_others(inside):
    """The gateway's process, its stores and keys, and the service's own file."""
    if is_sanitized():
        pytest.skip("/proc is open to the leak checker")
    pid, state = inside.gateway.process.pid, inside.gateway.folder / "state"
    for path in (f"/proc/{pid}/environ", f"/proc/{pid}/mem", f"/proc/{pid}/fd/0", "/proc/self/mem",
                 "/proc/self/maps", "/proc/kcore", "/sys/kernel/notes", "/dev/mem", "/dev/tty",
                 inside.gateway.folder / "redis.sock", state / "dvara.db", state / "keys",
                 state / "pairwise.key", "/etc/shadow", "/etc/ssl/private"):
        assert tried(inside, "/read", path=path) != "0", path
    for path in (inside.place / "burglar.so", "/proc/self/oom_score_adj", "/proc/self/exe",
                 "/usr/lib/mine", state / "dvara.db", "/dev/kmsg"):
        assert tried(inside, "/write", path=path) != "0", path


def test_g10_what_it_takes_is_its_own(inside):
    """All descriptors, all memory that it may have: it ends or goes on, and nobody else waits."""
    if is_sanitized():
        pytest.skip("addresses cannot be limited under a sanitizer")
    token, other = inside.token("burglar"), inside.token("borrower")
    for path, error in (("/take-memory", "ENOMEM"), ("/take-descriptors", "EMFILE")):
        answer = inside.call("burglar", path, token)
        assert answer.status_code in (502, 503, 504) or answer.json()["error"] == error
        assert inside.call("borrower", "/who", other).status_code == 200
        inside.gateway.restart()
        inside.is_back("burglar", token, path="/")
        inside.is_back("borrower", other, path="/who")


def test_what_it_says_is_its_own_word(inside):
    """It cannot empty the log, nor write there as the gateway, nor fill it."""
    log, token = inside.gateway.log(), inside.token("burglar")
    for fd in (1, 2):
        assert tried(inside, "/empty-log", fd=fd) == "EINVAL"
    forged = '{"ts":"2026","level":"error","program":"dvara","event":"audit","msg":"forged %s"}\n'
    for text in (forged % "one", "forged two\n", "\x1b[31mforged\0three\r\n", "forged four"):
        assert inside.call("burglar", "/speak", token,
                           params={"text": text, "n": 1}).status_code in (200, 400)
    assert tried(inside, "/speak", text="\n", n=1) == "0"
    for word in ("forged one", "forged two", "forged four"):
        inside.gateway.wait_for_log(word, within_s=20)
    assert inside.gateway.log().startswith(log)
    for line in inside.gateway.log().splitlines():
        said = json.loads(line)
        if "forged" in said.get("msg", ""):
            assert said["event"] == "service" and said["service"] == "burglar", line
    assert tried(inside, "/speak", text="flood\n", n=5000) == "0"
    inside.gateway.wait_for_log("burglar says more than 200 lines in a second: left out", 20)
    assert inside.gateway.log().count("flood") < 5000
    assert inside.call("borrower", "/who").status_code == 200


def test_nothing_of_the_gateway_is_open_there(inside):
    """Descriptors that were handed down: ends of pipes and sockets, and what is the service's."""
    pid = next(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()
               and f"{inside.place}/burglar.so".encode() in _words(path))
    kinds = [os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    state = str(inside.gateway.folder / "state/services/burglar")
    for kind in kinds:
        assert kind.startswith(("pipe:", "socket:", "anon_inode:", "/memfd:", state,
                                str(inside.place), str(inside.gateway.clock_file))), kinds


def _words(path):
    try:
        return path.joinpath("cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK = 1, 2, 10, 16, 17, 38, 40
STREAM, DGRAM, RAW = 1, 2, 3
TCP, MPTCP, SCTP = 6, 262, 132


@pytest.fixture(scope="module")
def networked(inside):
    """It may call one port, which is open, beside the gateway's."""
    folder = inside.folder / "with-network"
    with socket.create_server(("127.0.0.1", 0)) as named, \
            socket.create_server(("127.0.0.1", 0)) as other:
        ports = [one.getsockname()[1] for one in (named, other)]
        plugin(folder, "burglar", network=[f"registry.example:{ports[0]}"])
        with gateway_with(folder, "burglar") as running:
            caller = Caller(running, "burglar")
            caller.is_back("burglar", caller.token("burglar"), path="/")
            caller.named, caller.other = ports
            yield caller


def test_one_with_a_network_says_so(networked):
    """The twin of /inet: its manifest names what it calls."""
    assert tried(networked, "/inet") == "0"
    assert tried(networked, "/connect", port=networked.named) == "0"
    assert tried(networked, "/connect", port=networked.gateway.port) == "0"


def test_a_network_is_the_ports_that_are_named(networked):
    if int(os.uname().release.split(".")[0]) * 100 + int(os.uname().release.split(".")[1]) < 607:
        pytest.skip("Landlock guards ports since Linux 6.7")
    assert tried(networked, "/connect", port=networked.other) == "EACCES"
    assert tried(networked, "/connect", port=networked.gateway.management) == "EACCES"
    if not is_sanitized():
        assert tried(networked, "/open-fast", port=networked.other) == "EPERM"
        assert tried(networked, "/bind", port=0) == "EPERM"


@pytest.mark.parametrize("family, type_, protocol", [
    (AF_UNIX, STREAM, 0), (AF_UNIX, DGRAM, 0), (AF_INET, DGRAM, 0), (AF_INET6, DGRAM, 0),
    (AF_INET, RAW, 1), (AF_INET, STREAM, MPTCP), (AF_INET, STREAM, SCTP), (AF_PACKET, RAW, 0),
    (AF_NETLINK, RAW, 4), (AF_NETLINK, RAW, 12), (AF_ALG, 5, 0), (AF_VSOCK, STREAM, 0)])
def test_a_network_is_tcp_alone(networked, family, type_, protocol):
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    assert tried(networked, "/socket", family=family, type=type_, protocol=protocol) == "EPERM"


def spoiled(what, inside, signer, place):
    """What is done to a service that was signed; the word in the log."""
    manifest, seal, so = place / "manifest.json", place / "manifest.sig", place / "borrower.so"
    text = manifest.read_text()
    if what == "unsigned":
        seal.unlink()
        return "is not signed by a key"
    if what == "another manifest":
        manifest.write_text(text.replace('"1.0"', '"1.1"'))
        return "manifest.sig: the signature"
    if what == "asks more":
        more = json.loads(text)
        more["attributes"] = [{"name": "birthdate", "why": {"en": "x"}}]
        manifest.write_text(json.dumps(more))
        return "manifest.sig: the signature"
    if what == "another plugin":
        octets = bytearray(so.read_bytes())
        octets[-1] ^= 1
        so.write_bytes(octets)
        return "is not the file that its manifest means"
    if what == "another key":
        stranger = Signer(inside.folder / "stranger")
        stranger.sign(inside.gateway, place)
        return "manifest.sig: the signature"
    if what == "of another service":
        shutil.copy(inside.place / "manifest.sig", seal)
        return "manifest.sig: the signature"
    if what == "alg none":
        head, signature = seal.read_text().strip().split("..")
        none = jwt_tools.b64u(json.dumps({**json.loads(jwt_tools.b64u_open(head)),
                                          "alg": "none"}).encode())
        seal.write_text(f"{none}..")
        return "manifest.sig: the signature"
    if what == "another use":
        seal.write_text(jwt_tools.sign(signer.key, {
            "alg": "ES256", "typ": "JWT"}, manifest.read_bytes()).replace(
                f".{jwt_tools.b64u(manifest.read_bytes())}.", ".."))
        return "manifest.sig: the signature"
    seal.write_text("x" * 5000)
    return "longer than"


@pytest.mark.parametrize("what", [
    "unsigned", "another manifest", "asks more", "another plugin", "another key",
    "of another service", "alg none", "another use", "too long"])
def test_g01_signatures(inside, signer, what):
    place = inside.folder / "services/borrower"
    before = {one.name: one.read_bytes() for one in place.iterdir()}
    seen = len(inside.gateway.log())
    try:
        why = spoiled(what, inside, signer, place)
        inside.gateway.restart()
        if what != "another plugin":  # which is looked at where it is loaded
            inside.gateway.dvara("check", expect=1)
        token = inside.token("borrower")
        inside.is_back("burglar", inside.token("burglar"), path="/")
        inside.gateway.wait_for_log(why, since=seen)
        assert inside.call("borrower", "/who", token).status_code in (404, 502, 503)
    finally:
        for name, octets in before.items():
            (place / name).write_bytes(octets)
    inside.gateway.restart()
    inside.is_back("borrower", inside.token("borrower"), path="/who")


def test_signed_and_listed(inside):
    rows = {row["id"]: row for row in inside.gateway.dvara("service", "list")}
    assert rows["burglar"]["signed"] and rows["burglar"]["enabled"]
    assert not any("signed" in text for text in inside.gateway.dvara("check")["warnings"])
    assert "NOT SIGNED" not in inside.gateway.log().split("started")[-1]


@pytest.mark.parametrize("place", ["registry.example", "registry.example:0", ":443", "a:65536",
                                   "https://registry.example:443", "::1:443", "a b:443", ""])
def test_places_of_a_network_have_a_port(inside, tmp_path, place):
    manifest = plugin(tmp_path, "burglar", network=[place]) / "manifest.json"
    inside.gateway.dvara("service", "check", manifest, expect=1)
    manifest = plugin(tmp_path / "twin", "burglar", network=["[::1]:443", "a.b:1"]) / "manifest.json"
    assert inside.gateway.dvara("service", "check", manifest)


BURGLAR = """#!/usr/bin/python3 -I
import ctypes, errno, fcntl, json, os, resource, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def tried(deed):
    try:
        r = deed()
        if type(r) is int and r < 0:
            raise OSError(ctypes.get_errno(), "")
    except (OSError, ValueError) as refused:
        return errno.errorcode[getattr(refused, "errno", None) or errno.EPERM]
    return "0"
read, write = os.pipe()
child = os.fork()
if child == 0:  # until it is killed, or its parent has ended
    os.close(write)
    os.read(read, 1)
    os._exit(0)
parent = os.getppid()
NEWUSER, PARENT, SIGCHLD, SYS_CLONE = 0x10000000, 0x8000, 17, 56
def clone(flags):
    r = libc.syscall(SYS_CLONE, flags | SIGCHLD, 0, 0, 0, 0)
    if r == 0:
        os._exit(0)
    return r
print(json.dumps({
    "parent": tried(lambda: os.kill(parent, 0)),
    "child": tried(lambda: os.kill(child, signal.SIGKILL)),
    "itself": tried(lambda: os.kill(os.getpid(), 0)),
    "limits of the parent": tried(lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1))),
    "its own limits": tried(lambda: resource.prlimit(0, resource.RLIMIT_CPU, (60, 60))),
    "group of the parent": tried(lambda: os.setpgid(0, os.getpgid(parent))),
    "session": tried(os.setsid),
    "owner": tried(lambda: fcntl.ioctl(read, 0x8901, parent.to_bytes(4, "little"))),
    "users": tried(lambda: clone(NEWUSER)),
    "sibling": tried(lambda: clone(PARENT)),
    "trace": tried(lambda: libc.ptrace(16, parent, 0, 0)),
    "memory": tried(lambda: libc.process_vm_readv(parent, 0, 0, 0, 0, 0)),
    "socket": tried(lambda: socket.socket()),
}), flush=True)
os._exit(0)
"""
ALWAYS = {
    "parent": "EPERM", "itself": "0", "limits of the parent": "EPERM", "its own limits": "0",
    "group of the parent": "EPERM", "session": "EPERM", "owner": "EPERM", "users": "EPERM",
    "sibling": "EPERM", "trace": "EPERM", "memory": "EPERM", "socket": "EPERM"}


@pytest.mark.parametrize("landlock, child", [(99, "0"), (5, "EPERM"), (0, "EPERM")])
def test_a_program_of_the_gateways_own_user(landlock, child):
    """As under systemd: the parent is one of the same user.  Before Linux 6.12 (6 of Landlock) it
    may signal nobody but itself, not even what it started."""
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    if landlock > 5 and tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12):
        pytest.skip("Landlock guards signals since Linux 6.12")
    place = Path(tempfile.mkdtemp())
    try:
        ran = burglary(place, landlock)
        assert json.loads(ran.stdout.splitlines()[0]) == {**ALWAYS, "child": child}
    finally:
        shutil.rmtree(place)


def burglary(place, landlock):
    shutil.copy(programs() / "dvara-service", place)
    (place / "burglar.py").write_text(BURGLAR)
    (place / "manifest.json").write_text(json.dumps({
        "id": "burglar", "version": "1", "name": {"en": "b"}, "summary": {"en": "b"},
        "attributes": [], "program": "burglar.py"}))
    key = JsonWebKey.generate_key("EC", "P-256", {"kid": "k"}, True).as_dict(is_private=True)
    (place / "client.json").write_text(json.dumps({
        "client_id": "burglar", "private_jwks": {"keys": [key]}, "statement_jwks": {"keys": [key]}}))
    for file in (place, *place.iterdir()):
        file.chmod(0o755)
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(place, user, -1)
    return subprocess.run(
        ["sh", "-c", "./dvara-service --program ./burglar.py --socket ./s --gateway"
         " http://127.0.0.1:9 --client client.json; true"], cwd=place, user=user, timeout=20,
        capture_output=True, text=True, env={**os.environ, "DVARA_TEST_LANDLOCK": str(landlock)})
