// SPDX-License-Identifier: Apache-2.0
// Bytes and their texts: base64, base64url (RFC 4648), UTF-8, SHA-256.
import {Refusal} from './refusal.js';

export const utf8 = (text) => new TextEncoder().encode(text);

export function unutf8(bytes) {
	return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
}

export function concat(...parts) {
	const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

export const isEqual = (a, b) =>
	a.length === b.length && a.every((byte, at) => byte === b[at]);

export function unbase64(text) {
	try {
		return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
	} catch {
		throw new Refusal('malformed', 'not base64');
	}
}

export function base64url(bytes) {
	const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
	return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/* Canonical, without padding, or refused. */
export function unbase64url(text) {
	if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
		throw new Refusal('malformed', 'not base64url');
	}
	const bytes = unbase64(text.replaceAll('-', '+').replaceAll('_', '/'));
	if (base64url(bytes) !== text) throw new Refusal('malformed', 'not canonical base64url');
	return bytes;
}

export async function sha256(bytes) {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/* Of a text, as base64url: how JOSE and SD-JWT write digests. */
export const digest = async (text) => base64url(await sha256(utf8(text)));

export const random = (size) => base64url(crypto.getRandomValues(new Uint8Array(size)));
