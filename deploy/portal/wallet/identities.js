// SPDX-License-Identifier: Apache-2.0
// The identities of this browser: the holder's own, a child's, a parent's with a mandate.  A row:
// {id, label, relation, isDefault, made, salt, tries, credentials: [{issuer, configuration, vct,
// titles, names (of claims), authorities, expires, copies: [{key, text (sealed), isShown}]}]}.
import {random} from './bytes.js';
import {now} from './clock.js';
import {fit, mayFit} from './dcql.js';
import {keyOf, newSalt, seal, TRIES, unseal} from './pin.js';
import {demand, Refusal} from './refusal.js';
import {open} from './sdjwt.js';
import * as store from './store.js';

export const RELATIONS = ['own', 'child', 'parent', 'other'];
export const FEW = 2;

/* The default first, then the newest. */
export async function list() {
	const rows = await store.all();
	return rows.sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || b.made - a.made);
}

export const isShut = (identity) => identity.tries >= TRIES;
export const freshCopies = (credential) => credential.copies.filter(({isShown}) => !isShown).length;
export const remove = store.remove;

/* {identity, credential} of each that may answer. */
export async function fitting(query) {
	const rows = await list();
	return rows.filter((identity) => !isShut(identity)).flatMap((identity) => {
		const credential = identity.credentials.find((one) => mayFit(query, one));
		return credential ? [{identity, credential}] : [];
	});
}

export async function add({label, relation}, pin, credential) {
	const identity = {id: random(12), label, relation, isDefault: (await list()).length === 0,
		made: now(), salt: newSalt(), tries: 0, credentials: []};
	await put(identity, await keyOf(pin, identity.salt), credential);
}

/* The new credential takes the place of the same issuer's of the same kind. */
export async function extend(id, pin, credential) {
	const identity = await store.find(id);
	await put(identity, await unlock(identity, pin), credential);
}

async function put(identity, key, {copies, ...credential}) {
	const sealed = await Promise.all(copies.map(async ({key: own, text}) =>
		({key: own, text: await seal(key, text), isShown: false})));
	const others = identity.credentials.filter(({issuer, configuration}) =>
		issuer !== credential.issuer || configuration !== credential.configuration);
	await store.keep({...identity, credentials: [{...credential, copies: sealed}, ...others]});
}

/* A try counts before it is made; after the last wrong one the keys are gone for good. */
export async function unlock(identity, pin) {
	demand(!isShut(identity), 'shut');
	identity.tries += 1;
	await store.keep(identity);
	const key = await keyOf(pin, identity.salt);
	if (await unseal(key, identity.credentials[0].copies[0].text) === null) {
		if (isShut(identity)) await store.keep({...identity, credentials: []});
		throw new Refusal(isShut(identity) ? 'shut' : 'wrong-pin', String(TRIES - identity.tries));
	}
	identity.tries = 0;
	await store.keep(identity);
	return key;
}

/* With the PIN, what answers the query, spent: {credential (open), needs, key, isFresh, left}.  One
 * tab at a time, so that no two show the same copy. */
export function take(id, pin, query) {
	return navigator.locks.request('dvara-wallet', async () => {
		const identity = await store.find(id);
		const pinKey = await unlock(identity, pin);
		const stored = identity.credentials.find((one) => mayFit(query, one));
		demand(stored, 'nothing-fits');
		const copy = stored.copies.find(({isShown}) => !isShown) ?? stored.copies.at(-1);
		const credential = await open(await unseal(pinKey, copy.text));
		const found = fit(query, credential);
		demand(found, 'nothing-fits');
		const isFresh = !copy.isShown;
		await spend(identity, stored, copy);
		return {credential, needs: found.needs, key: copy.key, isFresh, left: freshCopies(stored)};
	});
}

/* What was shown before goes when another is. */
async function spend(identity, stored, copy) {
	copy.isShown = true;
	stored.copies = [...stored.copies.filter(({isShown}) => !isShown), copy];
	await store.keep(identity);
}

export async function makeDefault(id) {
	for (const identity of await list()) {
		await store.keep({...identity, isDefault: identity.id === id});
	}
}
