// SPDX-License-Identifier: Apache-2.0
// Encryption to a verifier (RFC 7516): ECDH-ES on P-256 (RFC 7518 section 4.6), AES-GCM.
import {base64url, concat, sha256, utf8} from './bytes.js';

const BITS = {A128GCM: 128, A256GCM: 256};
const P256 = {name: 'ECDH', namedCurve: 'P-256'};

export async function encrypt(payload, jwk, enc) {
	const {kty, crv, x, y, kid} = jwk;
	const theirs = await crypto.subtle.importKey('jwk', {kty, crv, x, y}, P256, false, []);
	const ours = await crypto.subtle.generateKey(P256, false, ['deriveBits']);
	const epk = await crypto.subtle.exportKey('jwk', ours.publicKey);
	const header = {alg: 'ECDH-ES', enc, ...(kid === undefined ? {} : {kid}),
		epk: {kty: epk.kty, crv: epk.crv, x: epk.x, y: epk.y}};
	const key = await contentKey(ours.privateKey, theirs, enc);
	const head = base64url(utf8(JSON.stringify(header)));
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const sealed = new Uint8Array(await crypto.subtle.encrypt(
		{name: 'AES-GCM', iv, additionalData: utf8(head)}, key, utf8(JSON.stringify(payload))));
	const [text, tag] = [sealed.slice(0, -16), sealed.slice(-16)];
	return `${head}..${base64url(iv)}.${base64url(text)}.${base64url(tag)}`;
}

const number = (value) => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value);
	return bytes;
};

/* Concat KDF of NIST SP 800-56A: one round is enough for 256 bits. */
async function contentKey(ours, theirs, enc) {
	const secret = await crypto.subtle.deriveBits({name: 'ECDH', public: theirs}, ours, 256);
	const name = utf8(enc);
	const bits = await sha256(concat(number(1), new Uint8Array(secret), number(name.length), name,
		number(0), number(0), number(BITS[enc])));
	return crypto.subtle.importKey('raw', bits.slice(0, BITS[enc] / 8), 'AES-GCM', false, ['encrypt']);
}
