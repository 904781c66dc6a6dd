# SPDX-License-Identifier: Apache-2.0
"""The pages that show what a service knows of a person: my applications, SIM cards in my name,
benefits for me (benefits.py).

Each has a token of its own for its service (RFC 8707). Where none is fresh, the gateway is asked
quietly; where it says that the person has to allow it first, they are shown so, and go there."""
from typing import NamedTuple
from urllib.parse import quote

from flask import g, redirect, render_template, request

import benefits
import sessions
from relying_party import FAULTS, is_fresh, reason_of


class ServicePage(NamedTuple):
    name: str     # of the page, its template, and its text
    service: str
    paths: tuple  # of the service, where the page's content is


APPLICATIONS = ServicePage("applications", "application-tracking", ("/applications",))
SIMS = ServicePage("sims", "sim-registration", ("/registrations",))
BENEFITS = ServicePage("benefits", "welfare-eligibility", ("/programmes", "/decisions"))


def add(app, party, problem, news):
    """problem(reason, code=None, next_=None): the page that says what went wrong; news: what the
    gateway told (news.py)."""
    services = Services(app, party, problem, news)
    for page in (APPLICATIONS, SIMS, BENEFITS):
        services.add_page(page)
    _add_sim_deeds(app, services)
    benefits.add(app, services, BENEFITS)


class Services:
    """Calls for whoever is signed in."""

    def __init__(self, app, party, problem, news):
        self.app, self.party, self.problem, self.news = app, party, problem, news

    def add_page(self, page):
        def show():
            found, instead = self.read(page)
            return instead or render_template(f"{page.name}.html", found=found,
                                              news=self._news_of(page))

        self.app.add_url_rule(f"/{page.name}", page.name, show)
        self.app.add_url_rule(f"/{page.name}/callback", f"{page.name}_callback",
                              lambda: self._callback(page))

    def read(self, page):
        """(what the page's paths answer, None), or (None, what is shown instead)."""
        here = sessions.current()
        if not here:
            return None, self.problem("signed-out")
        try:
            if not is_fresh(here["tokens"].get(page.service)):
                ask = self.party.ask_person if "ask" in request.args else self.party.ask_quietly
                return None, ask(page, g.language)
            found = {}
            for path in page.paths:
                found.update(self.party.call(page.service, path, here["tokens"][page.service]))
            return found, None
        except FAULTS as fault:
            return None, self._failed(here, page, fault)

    def _news_of(self, page):
        return self.news.of(sessions.current()["person"]["sub"], page.service)

    def act(self, page, path, body=None):
        """A form of ours was sent: (what the service answers, None), or (None, …) as above."""
        here = sessions.current()
        if not here or not sessions.form_is_ours(request.form.get("form")):
            return None, self.problem("signed-out")
        if not is_fresh(here["tokens"].get(page.service)):
            return None, redirect(f"/{page.name}", 303)
        try:
            return self.party.call(page.service, path, here["tokens"][page.service], "POST",
                                   body), None
        except FAULTS as fault:
            return None, self._failed(here, page, fault)

    def _callback(self, page):
        here = sessions.current()
        if not here:
            return self.problem("signed-out")
        try:
            subject, token = self.party.service_token(page)
        except FAULTS as fault:
            return self._failed(here, page, fault)
        if subject != here["person"]["sub"]:
            return self.problem("other-person")
        here["tokens"][page.service] = token
        return redirect(f"/{page.name}", 303)

    def _failed(self, here, page, fault):
        self.app.logger.warning("%s: %s", page.name, fault)
        here["tokens"].pop(page.service, None)
        reason, code = reason_of(fault)
        return self.problem(reason, code, f"/{page.name}?ask" if reason == "not-allowed" else None)


def segment(value):
    """Of a path, from a form."""
    return quote(value, safe="")


def _add_sim_deeds(app, services):
    @app.post("/sims/report")
    def report():
        path = f"/registrations/{segment(request.form['registration'])}/report"
        return services.act(SIMS, path)[1] or redirect("/sims", 303)

    @app.post("/sims/transfer")
    def transfer():
        path = f"/registrations/{segment(request.form['registration'])}/transfer"
        done, instead = services.act(SIMS, path)
        g.path = "/sims"
        return instead or render_template("sim-transfer.html", done=done)
