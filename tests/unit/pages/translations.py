#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""translations.py FOLDER: whether the catalogues are whole and each is in its own writing.

msgfmt -c passes; every text is translated; every Khmer, Lao and Arabic text has letters of its own
script, and no language has letters of a foreign one (a sentence pasted under the wrong language); a
French sign that stands off its word does not begin a line."""

import gettext
import re
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

SCRIPTS = {"km": "KHMER", "lo": "LAO", "ar": "ARABIC", "fr": "LATIN"}
# Words that are the same in every language: names of things on a screen, not of a language.
LATIN_WORDS = {"PIN", "QR", "SMS", "PDF", "Web", "eID", "USB"}


def scripts_of(text):
    return {unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha()}


def texts_of(catalogue):
    with tempfile.NamedTemporaryFile(suffix=".mo") as compiled:
        done = subprocess.run(["msgfmt", "-c", "--statistics", "-o", compiled.name, catalogue],
                              capture_output=True, text=True, check=False)
        count = done.stderr.strip().splitlines()[-1]
        if done.returncode != 0 or not re.fullmatch(r"\d+ translated messages\.", count):
            yield "msgfmt -c", done.stderr
            return
        with open(compiled.name, "rb") as file:
            translations = gettext.GNUTranslations(file)._catalog
    for msgid, msgstr in translations.items():
        if msgid:
            yield msgid, msgstr


def faults_of(language, msgstr):
    script, text = SCRIPTS[language], re.sub(r"%\{\w+\}", "", msgstr)
    latin = re.findall("[A-Za-z]+", text)
    found = scripts_of(text)
    if language != "fr" and not LATIN_WORDS.issuperset(latin):
        yield f"has words in Latin letters: {set(latin) - LATIN_WORDS}"
    if language == "fr" and re.search(" [:;?!»]|« ", msgstr):
        yield "has a plain space beside a sign"
    if script not in found and not latin:
        yield f"has nothing in {script}"
    if found - {script, "LATIN"}:
        yield f"has letters of {found - {script, 'LATIN'}}"


def main(folder):
    bad = []
    for language in SCRIPTS:
        for msgid, msgstr in texts_of(Path(folder) / f"{language}.po"):
            if msgid == "msgfmt -c":
                bad.append(f"{language}: {msgstr}")
                continue
            bad += [f"{language}: {msgid!r} {fault}: {msgstr}"
                    for fault in faults_of(language, msgstr)]
    print("\n".join(bad) or "whole")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
