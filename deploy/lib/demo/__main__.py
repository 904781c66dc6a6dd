# SPDX-License-Identifier: Apache-2.0
"""The words of deploy/demo."""
import argparse
import json
import os
import signal
import sys

from . import login, up
from .fault import Stop
from .place import Place, default_folder


def main():
    given = words().parse_args()
    try:
        return given.run(given) or 0
    except Stop as stop:
        print(f"deploy/demo: {stop}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        return 130


def words():
    parser = argparse.ArgumentParser(prog="deploy/demo")
    verbs = parser.add_subparsers(required=True)

    def verb(name, run, text):
        one = verbs.add_parser(name, help=text, allow_abbrev=False)
        one.add_argument("--dir", default=default_folder(), metavar="DIR", help="the demo's folder")
        one.set_defaults(run=run)
        return one

    one = verb("up", run_up, "start everything")
    one.add_argument("--detach", action="store_true", help="start, then leave it running")
    one.add_argument("--port", type=port, default=8080, help="of the gateway; others follow it")
    one.add_argument("--tls", action="store_true", help="https, with a throw-away authority")
    verb("status", run_status, "where everything is, as JSON")
    verb("down", run_down, "stop everything")
    one = verb("login", run_login, "sign a persona in, without a browser; prints JSON")
    one.add_argument("--persona", default="sophea")
    one.add_argument("--method", choices=("wallet", "card"), default="wallet")
    one.add_argument("--client", default="portal")
    one.add_argument("--claims", type=names, default=[], metavar="A,B",
                     help="voluntary claims to tick")
    one.add_argument("--call", type=call, metavar="SERVICE/PATH",
                     help="one service, in place of all that the demo has")
    return parser


def port(text):
    number = int(text)
    if not 1 <= number <= 65532:
        raise argparse.ArgumentTypeError("not a port")
    return number


def names(text):
    return [name for name in text.split(",") if name]


def call(text):
    """{id of a service: path below it}"""
    service, slash, path = text.partition("/")
    if not service or not slash:
        raise argparse.ArgumentTypeError("not SERVICE/PATH")
    return {service: slash + path}


def run_up(given):
    place = Place(given.dir, given.port, given.tls, os.environ["DVARA_BIN"])
    return up.up(place, given.detach)


def run_down(given):
    up.down(given.dir)


def run_status(given):
    show(up.status(Place.of(given.dir)))


def run_login(given):
    status = up.status(Place.of(given.dir))
    try:
        show(login.login(status, given))
    except login.Refused as refused:
        show(refused.page)
        raise Stop(f"the login was refused: {refused}") from None


def show(value):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads the start of it alone, as head does
    print(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    os.umask(0o077)
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"  # all of it is on loopback
    sys.exit(main())
