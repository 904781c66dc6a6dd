// SPDX-License-Identifier: Apache-2.0
// Calls to issuers and verifiers: never with cookies, never along a redirect, not for ever.
import {demand, Refusal} from './refusal.js';

const TIMEOUT_MS = 20_000;
const MAX_LETTERS = 262_144;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/* https, or http on this machine. */
export function address(text) {
	let url;
	try {
		url = new URL(text);
	} catch {
		throw new Refusal('malformed', 'not an address');
	}
	demand(url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname)),
		'malformed', `${url.protocol} is not https`);
	demand(!url.username && !url.password && !url.hash, 'malformed', 'a user name or a fragment');
	return url;
}

/* {status, type, text, headers} */
export async function send(url, {form, json, headers = {}, accept = 'application/json'} = {}) {
	const isPost = form !== undefined || json !== undefined;
	const body = form !== undefined ? new URLSearchParams(form).toString() : json;
	const type = form !== undefined ? 'application/x-www-form-urlencoded'
		: body ? 'application/json' : undefined;
	let answer, text;
	try {
		answer = await fetch(address(url), {
			method: isPost ? 'POST' : 'GET', body,
			headers: {...headers, Accept: accept, ...(type && {'Content-Type': type})},
			credentials: 'omit', redirect: 'error', cache: 'no-store', referrerPolicy: 'no-referrer',
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		text = await answer.text();
	} catch (error) {
		throw error instanceof Refusal ? error : new Refusal('unreachable', new URL(url).host);
	}
	demand(text.length <= MAX_LETTERS, 'malformed', 'too long an answer');
	const got = (answer.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase();
	return {status: answer.status, type: got, text, headers: answer.headers};
}

export function objectOf({type, text}) {
	let value;
	try {
		value = type === 'application/json' ? JSON.parse(text) : null;
	} catch {
		value = null;
	}
	demand(value && typeof value === 'object' && !Array.isArray(value), 'malformed', 'no JSON object');
	return value;
}

/* The "error" of an OAuth answer, or "". */
export function errorOf(answer) {
	try {
		return String(objectOf(answer).error ?? '');
	} catch {
		return '';
	}
}

/* The object of an answer that says yes. */
export function expectObject(answer, why = 'refused') {
	demand(answer.status === 200, why, `${answer.status} ${errorOf(answer)}`.trim());
	return objectOf(answer);
}
