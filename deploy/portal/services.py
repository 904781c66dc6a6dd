# SPDX-License-Identifier: Apache-2.0
"""The pages that show what a service knows of a person: my applications, SIM cards in my name.

Each has a token of its own for its service (RFC 8707). Where none is fresh, the gateway is asked
quietly; where it says that the person has to allow it first, they are shown so, and go there."""
from typing import NamedTuple

from flask import g, redirect, render_template, request

import sessions
from relying_party import FAULTS, is_fresh, reason_of


class ServicePage(NamedTuple):
    name: str     # of the page, its template, and its text
    service: str
    path: str     # of the service, where the page's content is


PAGES = (ServicePage("applications", "application-tracking", "/applications"),
         ServicePage("sims", "sim-registration", "/registrations"))


def add(app, party, problem):
    """problem(reason, code=None, next_=None): the page that says what went wrong."""
    for page in PAGES:
        _add_page(app, party, page, problem)
    _add_sim_deeds(app, party, problem)


def _add_page(app, party, page, problem):
    def show():
        here = sessions.current()
        if not here:
            return problem("signed-out")
        try:
            if not is_fresh(here["tokens"].get(page.service)):
                quiet = {} if "ask" in request.args else {"prompt": "none"}
                return party.send_for_service(page, g.language, **quiet)
            found = party.call(page.service, page.path, here["tokens"][page.service])
        except FAULTS as fault:
            return _failed(app, here, page, fault, problem)
        return render_template(f"{page.name}.html", found=found)

    def callback():
        here = sessions.current()
        if not here:
            return problem("signed-out")
        try:
            subject, token = party.service_token()
        except FAULTS as fault:
            return _failed(app, here, page, fault, problem)
        if subject != here["person"]["sub"]:
            return problem("other-person")
        here["tokens"][page.service] = token
        return redirect(f"/{page.name}", 303)

    app.add_url_rule(f"/{page.name}", page.name, show)
    app.add_url_rule(f"/{page.name}/callback", f"{page.name}_callback", callback)


def _add_sim_deeds(app, party, problem):
    page = next(one for one in PAGES if one.name == "sims")

    def deed(what, then):
        here = sessions.current()
        if not here or not sessions.form_is_ours(request.form.get("form")):
            return problem("signed-out")
        if not is_fresh(here["tokens"].get(page.service)):
            return redirect("/sims", 303)
        try:
            done = party.call(page.service, f"{page.path}/{request.form['registration']}/{what}",
                              here["tokens"][page.service], "POST")
        except FAULTS as fault:
            return _failed(app, here, page, fault, problem)
        return then(done)

    @app.post("/sims/report")
    def report():
        return deed("report", lambda _: redirect("/sims", 303))

    @app.post("/sims/transfer")
    def transfer():
        return deed("transfer", lambda done: render_template("sim-transfer.html", done=done))


def _failed(app, here, page, fault, problem):
    app.logger.warning("%s: %s", page.name, fault)
    here["tokens"].pop(page.service, None)
    reason, code = reason_of(fault)
    return problem(reason, code, f"/{page.name}?ask" if reason == "not-allowed" else None)
