# SPDX-License-Identifier: Apache-2.0
"""The gateway and its Redis, in a folder of their own.

    with Gateway(folder) as gateway:
        gateway.dvara("client", "apply", path)
        gateway.url          # the issuer
        with gateway.clock(61): ...

Everything that is started is stopped by its process id; a sanitizer's report, a death or an exit
code other than 0 fails the test that stops it.
"""

import contextlib
import json
import os
import pathlib
import random
import secrets
import signal
import socket
import socketserver
import sqlite3
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = {"--alg", "--sheet", "--operator-key", "--force", "--by-login"}
START_S = 60
STOP_S = 60
FIRST_PORT, N_PORTS, N_WORKERS = 20000, 3100, 4  # below what the kernel gives to callers
ports_given = set()

# Of the servers that stand beside a gateway: of 5, the usual number, a call of many at a time waits
# a second or more to be let in.
socketserver.TCPServer.request_queue_size = 128


def programs():
    """The folder of dvara: DVARA_BIN, or the newest build, those with sanitizers first."""
    if "DVARA_BIN" in os.environ:
        return pathlib.Path(os.environ["DVARA_BIN"])
    builds = sorted(ROOT.glob("build/*/bin/dvara"), key=lambda path: path.stat().st_mtime)
    builds.sort(key=lambda path: "asan" in str(path))
    if not builds:
        raise RuntimeError("no program: cmake --preset asan && cmake --build --preset asan")
    return builds[-1].parent


def free_port(n_in_a_row=1):
    """The first of some.  Until a server listens there, nobody else's call may come from it, no
    other worker of pytest may take it, and it is not given twice."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % N_WORKERS
    for _ in range(200):
        first = FIRST_PORT + worker * N_PORTS + random.randrange(N_PORTS - n_in_a_row)
        ports = range(first, first + n_in_a_row)
        if ports_given.isdisjoint(ports) and all(map(is_free, ports)):
            ports_given.update(ports)
            return first
    raise RuntimeError("no free port")


def is_free(port):
    with socket.socket() as trial, contextlib.suppress(OSError):
        trial.bind(("127.0.0.1", port))
        return True
    return False


class Redis:
    """A redis-server on a Unix socket, and the few bytes it takes to talk to it."""

    def __init__(self, folder, *words):
        """words: more of redis-server's command line, over what stands in start()."""
        self.folder, self.words = folder, words
        self.path = str(folder / "redis.sock")
        self.start()

    def start(self):
        """Again after a kill: empty, or with what its append-only file kept."""
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "",
             "--appendonly", "no", "--dir", str(self.folder), "--logfile",
             str(self.folder / "redis.log"), *self.words],
            stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask("PING") == "PONG", "redis-server", self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def paused(self):
        """Takes connections, answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def ask(self, *words):
        with self.open() as line:
            return self.send(line, *words)

    def open(self):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(20)
        link.connect(self.path)
        return link.makefile("rwb")

    def send(self, line, *words):
        encoded = [word.encode() if isinstance(word, str) else word for word in words]
        line.write(b"*%d\r\n" % len(encoded)
                   + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
        line.flush()
        return self.answer(line)

    def answer(self, line):
        first = line.readline().rstrip(b"\r\n")
        kind, rest = first[:1], first[1:].decode()
        if kind == b"$":
            return None if rest == "-1" else line.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer(line) for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest)
        return int(rest) if kind == b":" else rest

    @contextlib.contextmanager
    def monitor(self):
        """Collects what clients send meanwhile: yields a list, filled at the end."""
        seen = []
        with self.open() as line:
            self.send(line, "MONITOR")
            yield seen
            self.ask("PING", "end-of-monitor")
            while not seen or "end-of-monitor" not in seen[-1]:
                seen.append(line.readline().decode(errors="replace"))

    def stop(self):
        stop(self.process)


def wait_for(is_there, what, process):
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with {process.returncode}")
        with contextlib.suppress(OSError, RuntimeError, requests.RequestException):
            if is_there():
                return
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not start in {START_S} s")


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Gateway:
    """settings: {"section.key": value} over what is below."""

    def __init__(self, folder, settings=None, redis_words=()):
        self.folder, self.redis_words = pathlib.Path(folder), redis_words
        self.bin = programs()
        self.port, self.management = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.folder / "dvara.conf"
        self.database = self.folder / "state/dvara.db"
        self.clock_file = self.folder / "clock"
        self.log_file = self.folder / "dvara.log"
        self.process = None
        self.settings = {
            "gateway.issuer": self.url,
            "gateway.listen": f"127.0.0.1:{self.port}",
            "gateway.management": f"127.0.0.1:{self.management}",
            "gateway.state": self.folder / "state",
            "gateway.demo": "yes",
            "gateway.trusted_proxies": "127.0.0.1",
            "gateway.loops": 2,
            "redis.address": f"unix:{self.folder}/redis.sock",
            "redis.timeout": "8s",  # one that a busy machine keeps waiting is not away
            **(settings or {}),
        }

    def __enter__(self):
        self.redis = Redis(self.folder, *self.redis_words)
        try:
            self.clock_set(0)
            self.config_write()
            self.start()
            self.settle()
        except BaseException:
            if self.process:
                self.kill()
            self.redis.stop()
            raise
        return self

    def __exit__(self, kind, *rest):
        code = self.stop()
        self.redis.stop()
        if kind is None:
            assert code == 0, f"the gateway ended with {code}: {self.log()[-3000:]}"

    def config_write(self):
        sections = {}
        for name, value in self.settings.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.config.write_text(
            "".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in sections.items()))

    def environment(self):
        return {**os.environ, "DVARA_TEST_CLOCK": str(self.clock_file)}

    def start(self, host=None):
        """host: of the issuer, where another process has it."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "dvara", "serve", "--config", self.config], stderr=log,
                env=self.environment())
        try:
            wait_for(lambda: requests.get(
                f"{self.url}/.well-known/openid-configuration", timeout=2,
                headers={"Host": host or self.host}).ok,
                     "dvara serve", self.process)
        except RuntimeError as error:
            stop(self.process)
            raise RuntimeError(f"{error}: {self.log()[-3000:]}") from None

    @contextlib.contextmanager
    def second(self, **settings):
        """Another process over the same stores: the settings of this one but for its listeners.
        Its address is no issuer: callers send the Host of the first."""
        second = Gateway(self.folder, {**self.settings, **settings})
        second.redis, second.url = self.redis, f"http://127.0.0.1:{second.port}"
        second.config = self.folder / "second.conf"
        second.log_file = self.folder / "second.log"
        second.settings.update({"gateway.listen": f"127.0.0.1:{second.port}",
                                "gateway.management": f"127.0.0.1:{second.management}"})
        second.config_write()
        second.start(self.host)
        try:
            second.settle(n_processes=2)
            yield second
            assert second.stop() == 0, second.log()[-3000:]
        finally:
            second.kill()

    @property
    def host(self):
        """Of the issuer."""
        return f"127.0.0.1:{self.port}"

    def stop(self):
        return stop(self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def cpu_s(self):
        """What its process has used: a measure that a busy machine does not change."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def health(self, word):
        """The answer of the management listener: live or ready."""
        return requests.get(f"http://127.0.0.1:{self.management}/health/{word}", timeout=20)

    def sql(self, statement, *values):
        """Rows of the database file, read beside the gateway."""
        link = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        with contextlib.closing(link):
            return link.execute(statement, values).fetchall()

    def restart(self):
        assert self.stop() == 0, self.log()[-3000:]
        self.start()
        self.settle()

    def settle(self, n_processes=1):
        """Waits until each loop has a connection to the Redis that now is, and the second in which
        that began is over: what was issued in it is not believed."""
        wait_for(lambda: self.is_settled(n_processes), "the gateway at its Redis", self.process)

    def is_settled(self, n_processes):
        n_lines = self.redis.ask("CLIENT", "LIST").count("\n") - 1  # but for our own
        # In this order: a loop that has not seen the end of a Redis before still says it is ready.
        if n_lines < n_processes * self.settings["gateway.loops"] or not self.health("ready").ok:
            return False
        epoch = json.loads(self.redis.ask("GET", f"{self.settings.get('redis.prefix', 'dv:')}epoch"))
        return time.time() + int(self.clock_file.read_text()) >= epoch["start"] + 1

    def forget(self):
        """Redis begins anew, and empty."""
        self.redis.kill()
        self.redis.start()
        self.settle()

    def dvara(self, *words, expect=0):
        """One command, its answer as JSON."""
        words = [str(word) for word in words]
        ids = [i for i, word in enumerate(words) if word.startswith("--") and word not in OPTIONS]
        if ids:  # made at random, they begin so now and then
            words.insert(ids[0], "--")
        done = subprocess.run(
            [self.bin / "dvara", "--config", self.config, "--json", *words],
            capture_output=True, text=True, env=self.environment(), timeout=60, check=False)
        assert done.returncode == expect, f"dvara {words}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def consent_of(self, person, client_id):
        """That which stands; those that have ended are listed too, in the same second in any order."""
        return next(consent for consent in self.dvara("consent", "list", person)
                    if consent["client_id"] == client_id and consent["state"] == "active")

    def apply(self, noun, thing):
        """`dvara NOUN apply` of a JSON thing."""
        path = self.folder / f"{noun}-{secrets.token_hex(4)}.json"  # many threads do
        path.write_text(json.dumps(thing))
        return self.dvara(noun, "apply", path)

    @contextlib.contextmanager
    def clock(self, offset_s):
        """The gateway's clock, so many seconds ahead of ours."""
        self.clock_set(offset_s)
        try:
            yield
        finally:
            self.clock_set(0)

    def clock_set(self, offset_s):
        """In one write over what is there: a file cut short would be read as 0 s, and another file
        by this name is not the one that a walled-in service may read."""
        with open(self.clock_file, "r+b" if self.clock_file.exists() else "wb", 0) as file:
            file.write(b"%-20d" % offset_s)

    def wait_for_log(self, text, within_s=30, since=0, n=1):
        """Until it is there n times, behind what the log had when it was so long."""
        until = time.monotonic() + within_s
        while self.log()[since:].count(text) < n:
            assert time.monotonic() < until, self.log()[-2000:]
            time.sleep(0.05)

    def metric(self, series):
        """Of one series, with its labels; None: it is not there."""
        for line in requests.get(
                f"http://127.0.0.1:{self.management}/metrics", timeout=20).text.splitlines():
            if line.startswith(f"{series} "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def log(self):
        return self.log_file.read_text(errors="replace")

    def audit(self):
        """The newest rows, newest first."""
        return self.dvara("audit", "list")
