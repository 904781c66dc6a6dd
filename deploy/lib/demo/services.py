# SPDX-License-Identifier: Apache-2.0
"""The service plugins of the demo: what each is given to work with, and how `login` calls it."""
import json
import shutil

from . import people

# What a login asks of each service: {id: path below /services/id}.
CALLS = {"application-tracking": "/applications", "sim-registration": "/registrations",
         "welfare-eligibility": "/programmes"}


def built(place):
    """Folders of the services that the build made, by id."""
    folder = place.bin.parent / "services"
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/manifest.json"))
            if path.parent.name in CALLS}


def install(place, gateway, ids):
    """DIR/services/ID/: manifest, plugin, its files, settings; copies, so that a build does not pull the
    file from under a running service.  Readable to the user that each service runs as where root
    started the demo; DIR itself is closed to others."""
    for id_, source in ids.items():
        folder = place / "services" / id_
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        for file in (*source.glob("*.json"), *source.glob("*.so")):
            fresh = folder / (file.name + ".new")
            shutil.copy(file, fresh)
            fresh.chmod(0o644)
            fresh.replace(folder / file.name)
        gateway.sign_service(folder / "manifest.json")


def fill(place, gateway, ids):
    if "application-tracking" in ids:
        _fill_tracking(place, gateway)
    if "sim-registration" in ids:
        _fill_sims(place)
    if "welfare-eligibility" in ids:
        _fill_welfare(place)


def _fill_tracking(place, gateway):
    """The agencies' export: they know people by their subject at this service, nothing else."""
    id_ = "application-tracking"
    export = json.loads((place.root / "conf/demo/applications.json").read_text())
    known = people.wallets(place)
    export["people"] = {gateway.dvara("person", "subject", name, id_)["sub"]: applications
                        for name, applications in export["people"].items() if name in known}
    _write(place, f"{id_}/applications.json", export)
    _write(place, f"{id_}/agencies.json", _names(place, "social-welfare"))
    _write(place, f"{id_}/settings.json", {
        "applications": "applications.json", "agencies": "agencies.json"})


def _fill_sims(place):
    _write(place, "sim-registration/operators.json", _names(place, "angkor-mobile"))


def _fill_welfare(place):
    id_ = "welfare-eligibility"
    programmes = json.loads((place / f"services/{id_}/programmes.json").read_text())
    _write(place, f"{id_}/agencies.json", {
        "social-welfare": sorted({one["id"] for one in programmes})})
    _write(place, f"{id_}/settings.json", {
        "agencies": "agencies.json",
        "appeal_page": f"{place.portal}/benefits/appeal?decision="})


def _write(place, name, value):
    place.write(f"services/{name}", value, mode=0o644)


def _names(place, *files):
    """{client_id: {"name": {language: text}}} of clients of the demo, by the names they have
    there."""
    named = {}
    for file in files:
        client = json.loads((place / f"clients/{file}.json").read_text())
        named[client["client_id"]] = {"name": {
            "en": client["client_name"],
            **{name.partition("#")[2]: text for name, text in client.items()
               if name.startswith("client_name#")}}}
    return named
