// SPDX-License-Identifier: Apache-2.0
// What a PIN does here: the text of every credential is encrypted under it (PBKDF2, AES-GCM).  Who
// opens this page without the PIN sees no claim and presents nothing.  It does not stop somebody who
// copies the browser's files and has time to try all PINs, nor other code of this origin.
import {utf8, unutf8} from './bytes.js';

export const MIN_LETTERS = 6;
export const TRIES = 5;
const ROUNDS = 600_000; // OWASP, for PBKDF2 with SHA-256

export const newSalt = () => crypto.getRandomValues(new Uint8Array(16));

export async function keyOf(pin, salt) {
	const secret = await crypto.subtle.importKey('raw', utf8(pin.normalize('NFKC')), 'PBKDF2', false,
		['deriveKey']);
	return crypto.subtle.deriveKey({name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS}, secret,
		{name: 'AES-GCM', length: 256}, false, ['encrypt', 'decrypt']);
}

export async function seal(key, text) {
	const iv = crypto.getRandomValues(new Uint8Array(12));
	return {iv, sealed: await crypto.subtle.encrypt({name: 'AES-GCM', iv}, key, utf8(text))};
}

/* null: it was another PIN. */
export async function unseal(key, {iv, sealed}) {
	try {
		return unutf8(new Uint8Array(await crypto.subtle.decrypt({name: 'AES-GCM', iv}, key, sealed)));
	} catch {
		return null;
	}
}
