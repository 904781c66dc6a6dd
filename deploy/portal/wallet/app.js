// SPDX-License-Identifier: Apache-2.0
// The web wallet: OpenID4VCI and OpenID4VP, and nothing else.  Read next: offer.js and request.js
// (what a person sees), vci.js and vp.js (what it takes), identities.js and pin.js (what is kept).
import {el, show, button, reason} from './dom.js';
import {home} from './home.js';
import {readLink} from './link.js';
import {offer} from './offer.js';
import {Refusal} from './refusal.js';
import {request} from './request.js';
import {LANGUAGES, language, t, useLanguage} from './text.js';

const VIEWS = {offer, present: request};

let again; // what is shown, for when the language changes

/* A link that was scanned, pasted, or that opened this page. */
async function open(text) {
	again = () => open(text);
	try {
		const {kind, params} = readLink(text);
		wait();
		await VIEWS[kind](params, toHome);
	} catch (error) {
		problem(error);
	}
}

function wait() {
	show(el('h1', {}, t('busy')));
}

function problem(error) {
	const isOffline = !navigator.onLine && error instanceof Refusal && error.why === 'unreachable';
	show(el('h1', {}, t('problem')), el('p', {class: 'wrong', id: 'problem'},
		...reason(isOffline ? new Refusal('offline') : error)),
	el('p', {class: 'next'}, button('back', 'back', toHome, '')));
}

function toHome() {
	again = toHome;
	return home(open).catch(problem);
}

function frame() {
	document.getElementById('brand').textContent = t('wallet');
	document.querySelector('.skip').textContent = t('skip');
	const languages = document.getElementById('languages');
	languages.setAttribute('aria-label', t('languages'));
	languages.replaceChildren(el('ul', {}, Object.entries(LANGUAGES).map(([code, name]) => el('li', {},
		el('button', {class: 'plain', type: 'button', lang: code,
			'aria-current': code === language && 'true', onclick: () => speak(code)}, name)))));
}

async function speak(code) {
	await useLanguage(code);
	frame();
	await again();
}

async function start() {
	await useLanguage();
	frame();
	navigator.serviceWorker?.register('sw.js').catch(() => {}); // without it the page needs a network
	navigator.storage?.persist?.();
	const came = location.search.length > 1 ? location.href : null;
	/* What it says serves once. */
	history.replaceState(null, '', location.pathname);
	await (came ? open(came) : toHome());
}

start();
