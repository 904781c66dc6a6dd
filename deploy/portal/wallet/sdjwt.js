// SPDX-License-Identifier: Apache-2.0
// Credentials: SD-JWT (RFC 9901) as SD-JWT VC uses it (dc+sd-jwt).
import {digest, unbase64url, unutf8} from './bytes.js';
import {read} from './jws.js';
import {demand, Refusal} from './refusal.js';

const MAX_DEPTH = 16;
const ALWAYS_OPEN = ['iss', 'nbf', 'exp', 'cnf', 'vct', 'status'];

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isMarker = (value) => isObject(value) && '...' in value;

/* {token, header, payload, disclosures (digest: {text, name, value}), claims}.  Every disclosure is
 * referenced once.  Signature and trust are the caller's. */
export async function open(text) {
	const [token, ...texts] = text.split('~');
	demand(texts.length >= 1 && texts.pop() === '', 'bad-credential', 'not an SD-JWT');
	const {header, claims: payload} = read(token);
	demand((payload._sd_alg ?? 'sha-256') === 'sha-256', 'bad-credential', 'digests are not sha-256');
	const disclosures = new Map();
	for (const one of texts) disclosures.set(await digest(one), disclosure(one));
	demand(disclosures.size === texts.length, 'bad-credential', 'a disclosure twice');
	const opening = {disclosures, seen: new Set(), used: new Set()};
	const claims = opened(payload, opening, 0);
	demand(opening.used.size === disclosures.size, 'bad-credential', 'a disclosure of nothing');
	for (const name of ALWAYS_OPEN) {
		demand(!(name in claims) || name in payload, 'bad-credential', `${name} is hidden`);
	}
	delete claims._sd_alg;
	return {token, header, payload, disclosures, claims};
}

function disclosure(text) {
	let parts;
	try {
		parts = JSON.parse(unutf8(unbase64url(text)));
	} catch {
		throw new Refusal('bad-credential', 'a bad disclosure');
	}
	demand(Array.isArray(parts) && [2, 3].includes(parts.length) && typeof parts[0] === 'string',
		'bad-credential', 'a bad disclosure');
	const name = parts.length === 3 ? parts[1] : null;
	demand(name === null || (typeof name === 'string' && name !== '_sd' && name !== '...'),
		'bad-credential', 'a bad name');
	return {text, name, value: parts.at(-1)};
}

/* The disclosure of a digest, or undefined for a decoy. */
function take(hash, opening) {
	demand(typeof hash === 'string' && !opening.seen.has(hash), 'bad-credential', 'a digest twice');
	opening.seen.add(hash);
	const found = opening.disclosures.get(hash);
	if (found) opening.used.add(hash);
	return found;
}

function opened(value, opening, depth) {
	demand(depth < MAX_DEPTH, 'bad-credential', 'too deep');
	if (Array.isArray(value)) return value.flatMap((one) => openedElement(one, opening, depth));
	if (!isObject(value)) return value;
	demand(!isMarker(value), 'bad-credential', 'a digest out of place');
	const found = {};
	for (const [name, one] of Object.entries(value)) {
		if (name !== '_sd') set(found, name, opened(one, opening, depth + 1));
	}
	demand(Array.isArray(value._sd ?? []), 'bad-credential', 'digests out of place');
	for (const hash of value._sd ?? []) {
		const hidden = take(hash, opening);
		if (!hidden) continue;
		demand(hidden.name !== null && !Object.hasOwn(found, hidden.name), 'bad-credential',
			'a claim twice, or without a name');
		set(found, hidden.name, opened(hidden.value, opening, depth + 1));
	}
	return found;
}

/* A claim may be called __proto__. */
const set = (object, name, value) =>
	Object.defineProperty(object, name, {value, enumerable: true, configurable: true});

function openedElement(element, opening, depth) {
	if (!isMarker(element)) return [opened(element, opening, depth + 1)];
	demand(Object.keys(element).length === 1, 'bad-credential', 'a digest out of place');
	const hidden = take(element['...'], opening);
	if (!hidden) return [];
	demand(hidden.name === null, 'bad-credential', 'an element with a name');
	return [opened(hidden.value, opening, depth + 1)];
}

/* What a path (OpenID4VP 1.0 section 7) reaches: {values, needs (digests to disclose)}. */
export function reach(credential, path) {
	let nodes = [{value: credential.payload, needs: []}];
	for (const part of path) nodes = nodes.flatMap((node) => step(credential, node, part));
	const needs = nodes.flatMap((node) => [...node.needs, ...hiddenIn(credential, node.value)]);
	return {values: nodes.map(({value}) => shown(credential, value)), needs};
}

function step(credential, {value, needs}, part) {
	if (typeof part === 'string') {
		if (!isObject(value) || part === '_sd' || part === '...') return [];
		if (Object.hasOwn(value, part)) return [{value: value[part], needs}];
		return (value._sd ?? []).filter((hash) => credential.disclosures.get(hash)?.name === part)
			.map((hash) => ({value: credential.disclosures.get(hash).value, needs: [...needs, hash]}));
	}
	if (!Array.isArray(value)) return [];
	const elements = value.flatMap((one) => {
		if (!isMarker(one)) return [{value: one, needs}];
		const hidden = credential.disclosures.get(one['...']);
		return hidden ? [{value: hidden.value, needs: [...needs, one['...']]}] : [];
	});
	return part === null ? elements : elements.slice(part, part + 1);
}

/* Whoever asks for an object or a list asks for what is in it. */
function hiddenIn(credential, value) {
	if (value === null || typeof value !== 'object') return [];
	const hashes = isMarker(value) ? [value['...']] : value._sd ?? [];
	const known = hashes.filter((hash) => credential.disclosures.has(hash));
	return [...known, ...known.flatMap((hash) => hiddenIn(credential, credential.disclosures.get(hash).value)),
		...Object.entries(value).flatMap(([name, one]) =>
			name === '_sd' ? [] : hiddenIn(credential, one))];
}

/* With everything in it opened. */
function shown(credential, value) {
	return opened(value, {disclosures: credential.disclosures, seen: new Set(), used: new Set()}, 0);
}

/* The issuer's token and the disclosures that are needed, each with its "~". */
export function presentation(credential, needs) {
	const texts = [...credential.disclosures].filter(([hash]) => needs.has(hash));
	return [credential.token, ...texts.map(([, {text}]) => text), ''].join('~');
}
