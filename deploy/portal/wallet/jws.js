// SPDX-License-Identifier: Apache-2.0
// Signed tokens (RFC 7515), ES256 and nothing else; keys of the holder, which cannot be exported.
import {base64url, unbase64url, unutf8, utf8} from './bytes.js';
import {demand, Refusal} from './refusal.js';

const ES256 = {name: 'ECDSA', hash: 'SHA-256'};
const P256 = {name: 'ECDSA', namedCurve: 'P-256'};

export function newKey() {
	return crypto.subtle.generateKey(P256, false, ['sign']);
}

export async function publicJwk(key) {
	const {kty, crv, x, y} = await crypto.subtle.exportKey('jwk', key.publicKey);
	return {kty, crv, x, y};
}

export function importJwk(jwk) {
	demand(jwk?.kty === 'EC' && jwk.crv === 'P-256' && !('d' in jwk), 'malformed', 'not a P-256 key');
	const {kty, crv, x, y} = jwk;
	return crypto.subtle.importKey('jwk', {kty, crv, x, y}, P256, true, ['verify']);
}

const part = (value) => base64url(utf8(JSON.stringify(value)));

export async function sign(header, claims, privateKey) {
	const text = `${part({alg: 'ES256', ...header})}.${part(claims)}`;
	const signature = await crypto.subtle.sign(ES256, privateKey, utf8(text));
	return `${text}.${base64url(new Uint8Array(signature))}`;
}

function objectOf(text) {
	let value;
	try {
		value = JSON.parse(unutf8(unbase64url(text)));
	} catch (error) {
		throw error instanceof Refusal ? error : new Refusal('malformed', 'a token is not JSON');
	}
	demand(value && typeof value === 'object' && !Array.isArray(value), 'malformed', 'no object');
	return value;
}

/* {header, claims}, believed only after verify(). */
export function read(token) {
	const parts = String(token).split('.');
	demand(parts.length === 3, 'malformed', 'a token has three parts');
	return {header: objectOf(parts[0]), claims: objectOf(parts[1])};
}

/* The key is the caller's, never the token's; so are the algorithm and the type. */
export async function verify(token, type, publicKey) {
	const {header, claims} = read(token);
	demand(header.alg === 'ES256', 'malformed', 'a token is not signed with ES256');
	demand(header.typ === type, 'malformed', `a token is not of type ${type}`);
	demand(!('crit' in header), 'malformed', 'a token has crit');
	const at = token.lastIndexOf('.');
	const signature = unbase64url(token.slice(at + 1));
	const isRight = await crypto.subtle.verify(ES256, publicKey, signature, utf8(token.slice(0, at)));
	demand(isRight, 'untrusted', 'a token has a wrong signature');
	return {header, claims};
}
