/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a page refuses: what happened, whether anything was shared, what to do now.
 *
 * No text names a status code, a file, a store or a version (ASVS 16.5.1).
 */
#include "pages/reason.h"

#include "pages/page.h"

#include <string.h>

#define NOTHING_SHARED N_("Nothing about you was shared.")
#define GO_BACK        N_("Go back to the service you came from and start again.")

static const struct reason {
	const char *name, *title, *what, *shared, *next;
} reasons[] = {
    {"not-found", N_("Page not found"),
	N_("There is no page at this address. The link may be old or not complete."),
	NOTHING_SHARED, N_("Check the address, or go back to the service you came from.")},
    {"method-not-allowed", N_("This page cannot be opened like this"),
	N_("The address is right, but it was opened in a way it is not made for."), NOTHING_SHARED,
	GO_BACK},
    {"bad-request", N_("The request cannot be understood"),
	N_("The service that sent you here asked in a way we cannot accept."), NOTHING_SHARED,
	N_("Go back to the service and try again. If it happens again, tell them the code "
	   "below.")},
    {"forbidden", N_("This form did not come from our page"),
	N_("To protect you we accept a form only from our own page, in the browser that opened "
	   "it. This one was too old or came from somewhere else."),
	NOTHING_SHARED, GO_BACK},
    {"link-expired", N_("This link is too old"),
	N_("For your safety a link works for a short time only."), NOTHING_SHARED, GO_BACK},
    {"link-used", N_("This link was used already"),
	N_("For your safety a link works one time only."), N_("Nothing was shared a second time."),
	GO_BACK},
    {"transaction-gone", N_("Your sign-in took too long"),
	N_("This sign-in has ended, or it was finished already in another window."), NOTHING_SHARED,
	GO_BACK},
    {"other-browser", N_("You came back in another browser"),
	N_("You began to sign in with another browser or on another device. Only that one can go "
	   "on."),
	NOTHING_SHARED,
	N_("Open the browser in which you began. If you cannot find it, go back to the service "
	   "and start again here.")},
    {"number-wrong", N_("The number was wrong three times"),
	N_("Somebody may be trying to sign in with your phone, so this sign-in has ended."),
	NOTHING_SHARED,
	N_("If you began this yourself, go back to the service and start again. If somebody asked "
	   "you to scan a code or to tell a number, stop.")},
    {"other-person", N_("This is another person"),
	N_("The service asks the person who is signed in to confirm who they are, but the wallet "
	   "or "
	   "card belongs to somebody else."),
	NOTHING_SHARED,
	N_("Go back to the service. To use it as another person, sign out there first.")},
    {"card-absent", N_("No card was read"),
	N_("Your browser showed no certificate of an identity card."), NOTHING_SHARED,
	N_("Put the card into the reader, close all windows of the browser, and try again. Or "
	   "choose another way to sign in.")},
    {"card-refused", N_("This card was not accepted"),
	N_("It may have expired or been blocked, or be of a kind that we do not take."),
	NOTHING_SHARED,
	N_("Choose another way to sign in. If the card should work, ask the office that gave it to "
	   "you.")},
    {"card-unchecked", N_("We cannot check your card now"),
	N_("The office that gave out the card does not answer, and without it we take no card."),
	NOTHING_SHARED, N_("Try again in a few minutes, or choose another way to sign in.")},
    {"client-unknown", N_("We do not know this service"),
	N_("The website that sent you here is not registered with us, or no longer."),
	NOTHING_SHARED,
	N_("Do not enter anything on that website until you are sure that it is genuine. Tell "
	   "the office that runs it.")},
    {"redirect-unregistered", N_("We cannot send you back to this address"),
	N_("The service that sent you here named an address that is not registered for it. We "
	   "stopped, because someone may be trying to deceive you."),
	NOTHING_SHARED,
	N_("Open the service from an address you trust and start again. If it happens again, "
	   "tell them the code below.")},
    {"client-unapproved", N_("This service is not approved yet"),
	N_("The service has registered with us, but nobody has checked it yet."), NOTHING_SHARED,
	N_("Try again on another day, or ask the office that runs the service.")},
    {"person-unknown", N_("We cannot find you in the register"),
	N_("Your card or wallet is genuine, but the register has no person who belongs to it."),
	NOTHING_SHARED,
	N_("Go to the office that gave you your card or wallet. Bring your identity document and "
	   "the code below.")},
    {"person-dead", N_("This identity can no longer be used"),
	N_("The civil register says that the person has died. Nobody can sign in with this "
	   "identity."),
	NOTHING_SHARED,
	N_("A relative can go to the civil registry office with a death certificate. If this is "
	   "a mistake, go there yourself with your identity document.")},
    {"person-blocked", N_("Your identity is blocked"),
	N_("Someone asked to block this identity, or an office did so to protect you."),
	NOTHING_SHARED,
	N_("Go to the identity office. Bring your identity document and the code below. They can "
	   "tell you why, and unblock it.")},
    {"credential-expired", N_("Your card or wallet document has expired"),
	N_("Its last day of validity is over."), NOTHING_SHARED,
	N_("Get a new one: in the wallet app, or at the office that gave it to you.")},
    {"credential-revoked", N_("Your card or wallet document was withdrawn"),
	N_("It was reported as lost, replaced by a newer one, or withdrawn by the office that gave "
	   "it to you."),
	NOTHING_SHARED,
	N_("If you have a newer one, sign in with that. If not, go to the office that gave it to "
	   "you.")},
    {"credential-unknown", N_("This document cannot be used here"),
	N_("It is of another kind, or from an office that we do not accept for signing in."),
	NOTHING_SHARED, N_("Go back and choose another document or another way to sign in.")},
    {"presentation-refused", N_("Your document could not be checked"),
	N_("What the wallet or card sent is not complete, or does not belong to this sign-in."),
	NOTHING_SHARED,
	N_("Update the wallet app, then go back to the service and start again. If it happens "
	   "again, tell the help desk the code below.")},
    {"status-unreachable", N_("We cannot check your document now"),
	N_("The office that gave it to you does not answer, so we cannot see whether it is still "
	   "valid."),
	NOTHING_SHARED, N_("Try again in a few minutes, or choose another way to sign in.")},
    {"upstream-away", N_("The other service does not answer"),
	N_("You chose to sign in by another service, and it cannot be reached now."),
	NOTHING_SHARED, N_("Choose another way to sign in, or try again in a few minutes.")},
    {"upstream-refused", N_("The other service did not sign you in"),
	N_("You said no there, or it does not let you sign in here."), NOTHING_SHARED,
	N_("Choose another way to sign in, or try again.")},
    {"upstream-failed", N_("The other service's answer could not be checked"),
	N_("What came back is not complete, or does not belong to this sign-in."), NOTHING_SHARED,
	N_("Choose another way to sign in. If it happens again, tell the help desk the code "
	   "below.")},
    {"upstream-unknown", N_("We cannot find you in the register"),
	N_("The other service knows you, but the register has no person who belongs to that "
	   "account."),
	NOTHING_SHARED,
	N_("Choose another way to sign in, or go to the identity office with your identity "
	   "document.")},
    {"upstream-level", N_("This sign-in is not strong enough"),
	N_("The other service did not check who you are as well as is needed here."),
	NOTHING_SHARED, N_("Choose another way to sign in.")},
    {"method-unavailable", N_("This way to sign in is not available"),
	N_("It is switched off for now, or this service asks for another one."), NOTHING_SHARED,
	N_("Go back and choose another way to sign in.")},
    {"too-many", N_("Too many attempts"),
	N_("There were many attempts in a short time. We made a pause, to protect you."),
	NOTHING_SHARED, N_("Wait a few minutes, then try again.")},
    {"store-away", N_("Sorry, there is a problem"),
	N_("Our system cannot answer now. You did nothing wrong."), NOTHING_SHARED,
	N_("Try again in a minute. What you have done so far is kept.")},
    {"deadline", N_("Sorry, this takes too long"),
	N_("Our system did not answer in time. You did nothing wrong."), NOTHING_SHARED,
	N_("Try again in a minute.")},
    {"internal", N_("Sorry, there is a problem"),
	N_("Something went wrong on our side. You did nothing wrong."), NOTHING_SHARED,
	N_("Try again later. If it happens again, tell the help desk the code below.")},
    {"source-away", N_("An office cannot be reached now"),
	N_("An office that knows your details does not answer now. That says nothing about you."),
	NOTHING_SHARED, N_("Try again in a few minutes. What you have done so far is kept.")},
    {"service-unavailable", N_("The service does not answer"),
	N_("We are working, but the service behind this page cannot be reached now."),
	NOTHING_SHARED, N_("Try again in a few minutes.")},
};
#define N_REASONS (sizeof(reasons) / sizeof(*reasons))

static const struct reason *
reason_find(const char *name)
{
	for (size_t i = 0; i < N_REASONS; i++)
		if (strcmp(reasons[i].name, name) == 0)
			return &reasons[i];
	return NULL;
}

bool
reason_is_known(const char *name)
{
	return reason_find(name) != NULL;
}

const char *
reason_name(size_t i)
{
	return i < N_REASONS ? reasons[i].name : NULL;
}

json_t *
reason_texts(const struct task *task, const char *name)
{
	const struct reason *reason = reason_find(name);

	if (!reason)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s}", "title", page_text(task, reason->title), "what",
	    page_text(task, reason->what), "shared", page_text(task, reason->shared), "next",
	    page_text(task, reason->next));
}
