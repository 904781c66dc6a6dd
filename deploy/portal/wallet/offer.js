// SPDX-License-Identifier: Apache-2.0
// An offer: what it is and from whom, for whom it is, the code that came with it, a PIN.
import {anchors} from './trust.js';
import {button, choice, el, field, form, show} from './dom.js';
import {add, extend, isShut, list, RELATIONS, unlock} from './identities.js';
import {MIN_LETTERS} from './pin.js';
import {demand} from './refusal.js';
import {t, titleOf} from './text.js';
import {readOffer, takeCopies} from './vci.js';

export async function offer(params, done) {
	const found = await readOffer(params);
	const known = (await list()).filter((one) => !isShut(one));
	const whose = known.length ? choice('who', 'for-whom', [{value: '', title: t('new-identity')},
		...known.map(({id, label, relation}) => ({value: id, title: label, why: t(`relation-${relation}`)}))],
	({target}) => { fresh.hidden = twice.hidden = target.value !== ''; }) : null;
	const twice = field('pin-again', 'pin-again', secret());
	const fresh = el('div', {id: 'fresh'},
		field('label', 'label', {maxlength: 80}),
		choice('relation', 'relation', RELATIONS.map((one) => ({value: one, title: t(`relation-${one}`)}))));
	show(
		el('h1', {}, t('offer-title')),
		el('p', {}, t('offer-from', {host: new URL(found.issuer).host})),
		el('p', {}, el('strong', {id: 'credential'}, titleOf(found.titles))),
		form('take', (values) => take(found, values, done),
			found.txCode ? code(found.txCode) : null, whose, fresh,
			field('pin', 'pin', secret(t('pin-hint', {count: MIN_LETTERS}))),
			twice,
			el('div', {class: 'decide'}, el('button', {id: 'accept'}, t('accept')),
				button('back', 'back', done))));
}

const secret = (hint) => ({type: 'password', inputmode: 'numeric', autocomplete: 'off', hint});

function code({input_mode: mode = 'numeric', description}) {
	return field('tx-code', 'tx-code', {hint: description,
		inputmode: mode === 'text' ? 'text' : 'numeric', dir: 'ltr'});
}

/* What can be known to be wrong is said before the offer is spent. */
async function take(found, values, done) {
	const pin = values.pin;
	const identity = values.who ? (await list()).find(({id}) => id === values.who) : null;
	demand(!found.txCode || values['tx-code'].trim(), 'no-code');
	if (identity) {
		await unlock(identity, pin);
	} else {
		demand(pin.length >= MIN_LETTERS, 'pin-short');
		demand(pin === values['pin-again'], 'pin-differs');
	}
	const copies = await takeCopies(found, values['tx-code']?.trim(), await anchors());
	const credential = stored(found, copies);
	const label = values.label.trim() || nameIn(copies[0].claims) || titleOf(credential.titles);
	await (identity ? extend(identity.id, pin, credential)
		: add({label, relation: values.relation}, pin, credential));
	show(el('h1', {id: 'accepted'}, t('accepted-title')),
		el('p', {class: 'shared'}, el('bdi', {}, identity?.label ?? label)),
		el('p', {class: 'next'}, button('done', 'to-wallet', done, '')));
}

function stored(found, copies) {
	const [{payload, claims, authorities}] = copies;
	return {issuer: found.issuer, configuration: found.id, titles: found.titles, vct: payload.vct,
		names: Object.keys(claims), authorities, expires: payload.exp, copies};
}

const nameIn = ({name, given_name: given, family_name: family}) =>
	name ?? (given && family ? `${given} ${family}` : null);
