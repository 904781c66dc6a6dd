// SPDX-License-Identifier: Apache-2.0
// A request: who asks for what, as whom the person answers, the PIN; or no.
import {anchors} from './trust.js';
import {askedPaths} from './dcql.js';
import {attempt, button, choice, el, field, form, show} from './dom.js';
import {FEW, fitting, freshCopies, take} from './identities.js';
import {demand, Refusal} from './refusal.js';
import {has, t, titleOf} from './text.js';
import {answer, fetchRequest, refuse} from './vp.js';

export async function request(params, done) {
	const asked = await fetchRequest(params, await anchors());
	if (asked.inability) {
		await refuse(asked, asked.inability);
		throw new Refusal('unsupported', asked.inability);
	}
	const fitters = await fitting(asked.query);
	const no = () => attempt(made, async () => { await refuse(asked); refused(done); });
	const made = form('answer', (values) => share(asked, values, done),
		fitters.length ? whom(fitters) : el('p', {class: 'warn', id: 'nothing-fits'}, t('refused-nothing-fits')),
		fitters.length ? field('pin', 'pin', {type: 'password', inputmode: 'numeric'}) : null,
		el('div', {class: 'decide'},
			fitters.length ? el('button', {id: 'share'}, t('share')) : null,
			button('refuse', 'refuse', no)));
	show(
		el('h1', {}, t('present-title')),
		el('dl', {}, asked.services ? [el('dt', {}, t('for-service')),
			el('dd', {id: 'service'}, el('bdi', {}, titleOf(asked.services)))] : null,
		el('dt', {}, t('who-asks')), el('dd', {id: 'verifier'}, el('bdi', {}, asked.verifier.name)),
			el('dt', {}, t('at-address')), el('dd', {id: 'host'}, el('bdi', {dir: 'ltr'}, asked.verifier.host))),
		asked.message ? [el('p', {}, t('same-text')), el('p', {id: 'message'}, el('strong', {}, el('bdi', {}, asked.message)))] : null,
		el('h2', {}, t('what-asked')), el('ul', {id: 'asked'}, wanted(asked.query)),
		el('p', {class: 'quiet'}, t('check-who')),
		made);
}

function wanted(query) {
	return askedPaths(query).map((path) => el('li', {'data-claim': path.join('.')}, nameOf(path)));
}

function nameOf(path) {
	const key = `claim-${path[0]}`;
	const name = has(key) ? t(key) : el('code', {dir: 'ltr'}, path[0]);
	const rest = path.slice(1).map((part) => part ?? '*').join('.');
	return el('span', {}, name, rest ? el('code', {dir: 'ltr'}, ` ${rest}`) : null);
}

function whom(fitters) {
	return choice('who', 'as-whom', fitters.map(({identity, credential}) => ({
		value: identity.id, title: identity.label,
		why: `${t(`relation-${identity.relation}`)} – ${titleOf(credential.titles)} – ` +
			t('keys-left', {count: freshCopies(credential)}),
	})));
}

async function share(asked, {who, pin}, done) {
	demand(pin, 'no-pin');
	const taken = await take(who, pin, asked.query);
	const next = await answer(asked, taken.credential, taken.needs, taken.key);
	show(
		el('h1', {id: 'shared'}, t('shared-title')),
		el('p', {class: 'shared'}, el('bdi', {}, asked.verifier.name)),
		taken.isFresh ? null : el('p', {class: 'warn', id: 'linkable'}, t('linkable')),
		taken.isFresh && taken.left <= FEW ? el('p', {class: 'warn', id: 'few'}, t('keys-few')) : null,
		next ? el('p', {class: 'next'}, el('a', {class: 'button', id: 'next', href: next}, t('go-on'))) : null,
		el('p', {}, button('done', 'to-wallet', done)));
	/* Section 8.2: the wallet sends the person on by itself. */
	if (next) location.assign(next);
}

function refused(done) {
	show(el('h1', {id: 'refused'}, t('not-shared-title')), el('p', {}, t('not-shared-text')),
		el('p', {class: 'next'}, button('done', 'to-wallet', done, '')));
}
