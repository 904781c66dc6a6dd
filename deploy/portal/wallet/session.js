// SPDX-License-Identifier: Apache-2.0
// An access token of an issuer and its use: DPoP (RFC 9449) where the server takes it, else Bearer.
import {digest, random} from './bytes.js';
import {now} from './clock.js';
import {errorOf, expectObject, send} from './http.js';
import {newKey, publicJwk, sign} from './jws.js';
import {demand} from './refusal.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

/* {offer, token, key (or null: Bearer), identifier} */
export async function openSession(offer, txCode) {
	const hasDpop = offer.server.dpop_signing_alg_values_supported?.includes('ES256');
	const session = {offer, key: hasDpop ? await newKey() : null, token: null, nonce: undefined};
	const answer = await proved(session, offer.server.token_endpoint, {form: {
		grant_type: GRANT, 'pre-authorized_code': offer.code, ...(txCode && {tx_code: txCode})}});
	demand(errorOf(answer) !== 'invalid_grant', 'wrong-code', 'invalid_grant');
	const {access_token: token, token_type: type, authorization_details: details} =
		expectObject(answer);
	demand(typeof token === 'string' && /^\S+$/.test(token), 'malformed', 'no token');
	demand(type?.toLowerCase() === (hasDpop ? 'dpop' : 'bearer'), 'malformed', 'a token of another type');
	return {...session, token, identifier: details?.[0]?.credential_identifiers?.[0]};
}

export function post(session, url, object) {
	return proved(session, url, {json: JSON.stringify(object),
		headers: {Authorization: `${session.key ? 'DPoP' : 'Bearer'} ${session.token}`}});
}

/* A server may ask for its own nonce in the proof, once (RFC 9449 section 8). */
async function proved(session, url, request) {
	const answer = await send(url, await withProof(session, url, request));
	const nonce = answer.headers.get('DPoP-Nonce');
	if (nonce) session.nonce = nonce;
	if (!nonce || answer.status < 400 || errorOf(answer) !== 'use_dpop_nonce') return answer;
	return send(url, await withProof(session, url, request));
}

async function withProof({key, token, nonce}, url, request) {
	if (!key) return request;
	const proof = await sign({typ: 'dpop+jwt', jwk: await publicJwk(key)}, {
		jti: random(16), htm: 'POST', htu: url.split(/[?#]/)[0], iat: now(), nonce,
		...(token && {ath: await digest(token)}),
	}, key.privateKey);
	return {...request, headers: {...request.headers, DPoP: proof}};
}
