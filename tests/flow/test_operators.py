# SPDX-License-Identifier: Apache-2.0
"""`dvara NOUN VERB` as somebody at a terminal meets it: what it says, and its exit code."""

import json
import os
import re
import subprocess

import pytest

import jwt_tools
from conftest import client
from gateway import programs
from test_purpose import TEXTS, document, operators, register  # noqa: F401

NOUNS = "client key session consent complaint audit db service person purpose attribute webhook".split()


def said(gateway, *words, given=None):
    """(exit code, standard output, standard error), without --json."""
    done = subprocess.run(
        [gateway.bin / "dvara", *map(str, words), "--config", gateway.config], input=given,
        capture_output=True, text=True, env=gateway.environment(), timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def alone(*words, cwd="/", given=None):
    """Likewise where there is no configuration."""
    environment = {name: value for name, value in os.environ.items() if name != "DVARA_CONFIG"}
    done = subprocess.run([programs() / "dvara", *words], capture_output=True, text=True, cwd=cwd,
                          env=environment, timeout=60, check=False, input=given)
    return done.returncode, done.stdout, done.stderr


def refused(gateway, code, *words, **more):
    """One line of standard error, none of standard output."""
    ended, out, line = said(gateway, *words, **more)
    assert (ended, out) == (code, ""), (words, ended, out, line)
    assert line.startswith("dvara: ") and line.count("\n") == 1, line
    return line


def did(gateway, *words, **more):
    """One line of standard output."""
    code, out, line = said(gateway, *words, **more)
    assert (code, line) == (0, ""), (words, code, line)
    assert out.count("\n") == 1, out
    return out


def test_a_slip_is_named():
    for words, expected in (
            (["purpos", "list"], "there is no purpos: did you mean purpose?"),
            (["purpose", "aprove", "bank", "account"], "there is no aprove: did you mean approve?"),
            (["purpose", "xyzzy"], "there is no xyzzy\n"),
            (["purpose"], "purpose what?"), (["purpose", "approve", "bank"], "too few words"),
            (["client", "show"], "too few words"), (["client", "show", "a", "b"], "or too many"),
            (["db", "status", "--jsn"], "dvara: --jsn: there is no such option\n"),
            (["db", "status", "--config"], "dvara: --config: its value is missing\n"),
            (["webhook", "replay", "x"], "dvara: webhook replay: too few words"),
            (["check", "what"], "or too many")):
        code, out, told = alone(*words)
        assert code == 2 and out == "" and expected in told, (words, told)
    code, out, told = alone("purpose", "approve", "bank")
    assert told.count("\n") == 2 and "CLIENT PURPOSE [NUMBER]" in told
    code, out, told = alone()
    assert code == 2 and "usage: dvara serve" in told
    for words in (["--help"], ["purpose", "--help"], ["purpose", "approve", "-h"], ["help"],
                  ["help", "purpose"], ["purpose", "help"], ["help", "purpose", "approve"]):
        code, out, told = alone(*words)
        assert (code, told) == (0, "") and "purpose approve" in out
    assert alone("serve", "--help") == (0, "usage: dvara serve [--config FILE]\n", "")
    assert alone("serve", "--hlp") == (2, "", "usage: dvara serve [--config FILE]\n")
    code, out, told = alone("--version")
    assert (code, told) == (0, "") and re.fullmatch(r"dvara \d+\.\d+\.\d+\n", out)


def test_the_table_is_in_help_manual_and_completion(tmp_path):
    _, out, _ = alone("--help")
    in_help = {tuple(line.split()[1:3]) for line in out.splitlines() if "  dvara " in line}
    code, page, _ = alone("manual")
    assert code == 0
    for noun, verb in in_help:
        assert noun in ("check", "completion", "manual") or f".B {noun} {verb}" in page
    (tmp_path / "dvara.1").write_text(page)
    code, script, _ = alone("completion")
    assert code == 0
    for words, expected in ((["dvara", ""], set(NOUNS)), (["dvara", "purp"], {"purpose"}),
                            (["dvara", "purpose", "a"], {"apply", "approve"}),
                            (["dvara", "purpose", "--op"], {"--operator-key"})):
        done = subprocess.run(
            ["bash", "-c", f"{script}\nCOMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)); _dvara; "
             "printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", *words],
            capture_output=True, text=True, timeout=20, check=True)
        assert expected <= set(done.stdout.split()), (words, done.stdout, done.stderr)
        assert words[-1] == "" or expected == set(done.stdout.split())


def test_what_only_writes_needs_no_configuration(tmp_path):
    code, out, told = alone("client", "new", "agency")
    assert (code, told) == (0, "") and json.loads(out)["dvara_profile"] == "fapi2"
    code, out, _ = alone("client", "new", "bank", "consent")
    assert code == 0 and "client_credentials" in json.loads(out)["grant_types"]
    code, _, told = alone("client", "new", "bank", "consnt")
    assert code == 2 and "consent" in told
    code, _, told = alone("service", "new", "No Name", cwd=tmp_path)
    assert code == 2 and "a-z" in told


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """Files that are no good: name -> path."""
    folder = tmp_path_factory.mktemp("texts")
    made = {"broken": b"{\n\"a\": }", "empty": b"", "list": b"[]", "latin": b"\"\xe9\"",
            "twice": b'{"a": 1, "a": 2}', "long": b"[" + b" " * (1 << 20) + b"]"}
    for name, octets in made.items():
        (folder / name).write_bytes(octets)
    (folder / "locked").mkdir()
    return {name: folder / name for name in (*made, "locked", "absent")}


@pytest.mark.parametrize("noun", ["client", "purpose", "attribute", "person"])
def test_files_that_are_no_good(gateway, texts, noun):
    for name, path in texts.items():
        if (noun, name) == ("person", "list"):
            continue
        line = refused(gateway, 3 if name == "absent" else 1, noun, "apply", path)
        assert name == "list" or path.name in line, line
    assert ":2:" in refused(gateway, 1, noun, "apply", texts["broken"])
    assert "No such file" in refused(gateway, 3, noun, "apply", texts["absent"])
    assert "directory" in refused(gateway, 1, noun, "apply", texts["locked"])


def test_what_is_not_there_is_3(gateway, texts):
    for words in (["client", "show"], ["client", "approve"], ["client", "remove"],
                  ["client", "rotate-secret"], ["key", "activate"], ["key", "retire"],
                  ["session", "end"], ["consent", "list"], ["consent", "withdraw"],
                  ["complaint", "show"], ["person", "offer"], ["person", "revoke"],
                  ["person", "list-credentials"], ["person", "list-links"],
                  ["purpose", "show", "nobody"], ["purpose", "approve", "nobody"],
                  ["purpose", "suspend", "nobody"], ["attribute", "approve"],
                  ["attribute", "suspend"]):
        line = refused(gateway, 3, *words, "nothing")
        assert not re.search(r"\(null\)|sql|Redis", line), line
    refused(gateway, 3, "person", "unlink", "sophea", "nothing")
    refused(gateway, 3, "person", "revoke", "sophea", "nothing")
    refused(gateway, 3, "person", "subject", "nobody-here", "rp1")
    (texts["broken"].parent / "text").write_text("Sorry")
    refused(gateway, 3, "complaint", "answer", "nothing", texts["broken"].parent / "text")
    refused(gateway, 3, "complaint", "answer", "nothing", texts["absent"])
    refused(gateway, 3, "service", "check", texts["absent"])


def test_words_that_are_none_are_2(gateway):
    for words in (["client", "invite", "many"], ["audit", "list", "yesterday"],
                  ["purpose", "show", "bank", "account", "v1"], ["attribute", "approve", "a", "-1"],
                  ["key", "stage", "--alg", "RS1"], ["client", "new", "x", "y"]):
        refused(gateway, 2, *words)


def test_every_verb_says_what_it_did(gateway, operators):  # noqa: F811
    client(gateway, "talker", jwt_tools.ec_key())
    path = gateway.folder / "talker.json"
    path.write_text(json.dumps(document("talker", "email")))
    other = operators[0]
    assert "version 1 is proposed; another operator puts it in force: " \
        "dvara purpose approve talker account 1" in did(gateway, "purpose", "apply", path)
    assert "another operator must" in refused(gateway, 4, "purpose", "approve", "talker", "account")
    assert re.search(r"purpose talker account: version 1 is in force until 20\d\d-",
                     did(gateway, "purpose", "approve", "talker", "account", *other))
    assert "in force" in did(gateway, "purpose", "apply", path)
    assert "is suspended; another operator" in did(
        gateway, "purpose", "suspend", "talker", "account")
    assert gateway.dvara("purpose", "approve", "talker", "account", *other)["state"] == "approved"
    assert gateway.dvara("purpose", "suspend", "talker", "account")["state"] == "suspended"
    path.write_text(json.dumps({"name": "is_talker", "kind": "predicate", "label": TEXTS}))
    assert "attribute is_talker: version 1 is proposed" in did(gateway, "attribute", "apply", path)
    assert did(gateway, "attribute", "approve", "is_talker", *other).endswith("is in force\n")
    assert "is suspended" in did(gateway, "attribute", "suspend", "is_talker")
    assert "staged" not in did(gateway, "key", "stage", "--alg", "EdDSA")
    assert "talker is removed" in did(gateway, "client", "remove", "talker")
    assert "sessions of dara" in did(gateway, "session", "end", "dara")
    assert gateway.dvara("session", "end", "dara") == {"person": "dara", "ended": True}
    assert "0 people" in did(gateway, "person", "apply", "-", given="[]")
    assert "already" in did(gateway, "db", "migrate")


def test_a_document_says_which_member_is_wrong(gateway):
    client(gateway, "clerk", jwt_tools.ec_key())
    good = document("clerk", "email")
    for changes, expected in (
            ({"wy": TEXTS}, "wy is not known: did you mean why?"),
            ({"data_live": "P1D"}, "did you mean data_life?"),
            ({"zzz": 1}, "zzz is not known\n"),
            ({"why": {**TEXTS, "de": "x"}}, "why has de, which is none of km, lo, en, fr, ar"),
            ({"why": {**TEXTS, "fr": ""}}, "why has in fr no plain text"),
            ({"why": {"en": "x"}}, "why has no km"), ({"why": "x"}, "why is not {language: text}"),
            ({"frequency": {"release": 1, "per": "P1D"}}, "did you mean releases?"),
            ({"attributes": [{"name": "email", "esential": True}]}, "did you mean essential?"),
            ({"attributes": [{"name": "email", "why": {**TEXTS, "th": "x"}}]},
             "why of email has th")):
        for verb in ("apply", "diff"):
            line = refused(gateway, 1, "purpose", verb, "-", given=json.dumps({**good, **changes}))
            assert expected in line, line
    label = {"name": "is_clerk", "kind": "predicate", "label": {**TEXTS, "vi": "x"}}
    assert "label has vi" in refused(gateway, 1, "attribute", "apply", "-", given=json.dumps(label))
    metadata = {"client_id": "clerk2", "redirect_uris": ["https://clerk2.test/cb"]}
    for changes, expected in (
            ({"dvara_purpose": []}, "dvara_purpose is not known: did you mean dvara_purposes?"),
            ({"dvara_purposes": [{"id": "a", "why": {"xx": "a"}, "claims": []}]}, "why has xx"),
            ({"dvara_purposes": [{"id": "a", "why": {"en": "a"}, "claim": []}]},
             "did you mean claims?")):
        line = refused(gateway, 1, "client", "apply", "-",
                       given=json.dumps({**metadata, **changes}))
        assert expected in line, line
    # RFC 7591: what is not known is left out; who wrote it is told
    code, out, line = said(gateway, "client", "apply", "-", given=json.dumps({
        **metadata, "require_pushed_authorization_request": True}))
    assert code == 0 and "require_pushed" in line and "did you mean" in line
    assert not json.loads(out).get("require_pushed_authorization_requests")
    code, _, line = said(gateway, "client", "apply", "-", given=json.dumps({
        **metadata, "client_name\x1b[31m": "x"}))
    assert code == 0 and "did you mean client_name" in line and "\x1b" not in line
    code, _, line = said(gateway, "client", "apply", "-", given=json.dumps({
        **metadata, "client_secret": "x" * 40, "nothing_of_ours": 1}))
    assert (code, line) == (0, "")
