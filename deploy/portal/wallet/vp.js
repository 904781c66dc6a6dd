// SPDX-License-Identifier: Apache-2.0
// Presenting: OpenID4VP 1.0 in the profile HAIP 1.0.  A signed request by reference, believed only
// after every check here; an answer encrypted to the verifier (direct_post.jwt).
import {base64url, digest, random, sha256} from './bytes.js';
import {trusted} from './chain.js';
import {now, SKEW_S} from './clock.js';
import {readQuery} from './dcql.js';
import {address, expectObject, send} from './http.js';
import {encrypt} from './jwe.js';
import {read, sign, verify} from './jws.js';
import {demand} from './refusal.js';
import {presentation} from './sdjwt.js';

const TYPE = 'application/oauth-authz-req+jwt';
const FIXED = {response_type: 'vp_token', response_mode: 'direct_post.jwt',
	aud: 'https://self-issued.me/v2'};
const TEXT_MAX = 200;
const ABSENT = ['redirect_uri', 'request', 'request_uri', 'request_uri_method'];
const ABILITIES = {
	vp_formats_supported: {'dc+sd-jwt': {'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256']}},
	client_id_prefixes_supported: ['x509_hash', 'x509_san_dns'],
	response_types_supported: ['vp_token'], response_modes_supported: ['direct_post.jwt'],
	request_object_signing_alg_values_supported: ['ES256'],
};

/* {clientId, verifier {name, host}, services {language: name} or null, message or null, query, nonce, state, responseUri, key, enc, inability} */
export async function fetchRequest(params, anchors) {
	const {request_uri: uri, request_uri_method: method = 'get', client_id: clientId} = params;
	demand(['get', 'post'].includes(method) && !('request' in params), 'malformed', 'a bad link');
	const ours = method === 'post' ? random(24) : undefined;
	const answer = await send(uri, {accept: TYPE, ...(ours && {form: {
		wallet_nonce: ours, wallet_metadata: JSON.stringify(ABILITIES)}})});
	demand(answer.status !== 404, 'expired', 'the verifier does not know this request');
	demand(answer.status === 200 && answer.type === TYPE, 'refused', `request: ${answer.status}`);
	const {certificate, key} = await trusted(read(answer.text).header.x5c, anchors);
	const {claims} = await verify(answer.text, 'oauth-authz-req+jwt', key);
	await checkClient(clientId, claims, certificate);
	checkClaims(claims, ours, uri);
	return {
		clientId, query: readQuery(claims.dcql_query), nonce: claims.nonce, state: claims.state,
		responseUri: claims.response_uri, ...encryption(claims.client_metadata),
		inability: inability(claims),
		services: named(claims.client_metadata), message: textOf(claims.binding_message),
		verifier: {name: certificate.name.O ?? certificate.name.CN ?? '',
			host: address(claims.response_uri).host},
	};
}

/* The prefix says how the client identifier is tied to the certificate (section 5.9.3). */
async function checkClient(clientId, claims, certificate) {
	demand(claims.client_id === clientId, 'untrusted', 'client_id differs from the link’s');
	const [prefix, ...rest] = clientId.split(':');
	const value = rest.join(':');
	if (prefix === 'x509_hash') {
		const hash = base64url(await sha256(certificate.bytes));
		demand(value === hash, 'untrusted', 'client_id is not the hash of the certificate');
		return;
	}
	demand(prefix === 'x509_san_dns', 'untrusted', 'client_id has a prefix not known here');
	demand(certificate.hosts.includes(value.toLowerCase()) &&
		address(claims.response_uri).hostname === value.toLowerCase(),
	'untrusted', 'client_id is not the certificate’s host');
}

function checkClaims(claims, walletNonce, uri) {
	for (const [name, value] of Object.entries(FIXED)) {
		demand(claims[name] === value, 'malformed', `${name} is not ${value}`);
	}
	for (const name of ABSENT) demand(!(name in claims), 'malformed', `the request has ${name}`);
	demand(walletNonce === undefined || claims.wallet_nonce === walletNonce, 'untrusted',
		'the request is an answer to somebody else');
	demand(Number.isInteger(claims.iat) && Number.isInteger(claims.exp), 'malformed', 'no iat, exp');
	demand(claims.iat <= now() + SKEW_S, 'malformed', 'a request from the future');
	demand(claims.exp > now() - SKEW_S, 'expired', 'exp');
	demand(/^[A-Za-z0-9\-._~]{16,}$/.test(claims.nonce ?? ''), 'malformed', 'no good nonce');
	demand(/^[A-Za-z0-9\-._~]*$/.test(claims.state ?? ''), 'malformed', 'a bad state');
	demand(address(claims.response_uri).origin === address(uri).origin, 'untrusted',
		'the answer would go elsewhere');
}

function encryption(metadata) {
	const offered = metadata?.encrypted_response_enc_values_supported ?? ['A128GCM'];
	const enc = ['A256GCM', 'A128GCM'].find((one) => offered.includes(one));
	const key = metadata?.jwks?.keys?.find((one) => one.kty === 'EC' && one.crv === 'P-256' &&
		one.alg === 'ECDH-ES' && one.use === 'enc' && !('d' in one));
	demand(enc && key, 'unsupported', 'the verifier has no key for ECDH-ES on P-256');
	return {enc, key};
}

/* What the verifier calls itself (RFC 7591): {language: name}, '' where it says none; or null. */
function named(metadata) {
	const names = Object.entries(metadata ?? {}).map(([name, value]) => [
		name === 'client_name' ? '' : /^client_name#(\w+)$/.exec(name)?.[1], textOf(value)]);
	const good = names.filter(([language, value]) => language !== undefined && value);
	return good.length ? Object.fromEntries(good) : null;
}

const textOf = (value) => typeof value === 'string' && value.length <= TEXT_MAX ? value : null;

/* What this wallet cannot do, as the error that tells the verifier (section 8.5), or null. */
function inability({transaction_data: deal, client_metadata: metadata}) {
	if (deal !== undefined) return 'invalid_transaction_data';
	const format = metadata?.vp_formats_supported?.['dc+sd-jwt'];
	const takes = (name) => format?.[name]?.includes('ES256') ?? true;
	return format && takes('sd-jwt_alg_values') && takes('kb-jwt_alg_values') ? null
		: 'vp_formats_not_supported';
}

/* Shows the claims of `needs` and nothing else; where the person goes next, or null. */
export async function answer(request, credential, needs, privateKey) {
	const shown = presentation(credential, needs);
	const binding = await sign({typ: 'kb+jwt'}, {
		aud: request.clientId, nonce: request.nonce, iat: now(), sd_hash: await digest(shown),
	}, privateKey);
	const payload = {vp_token: {[request.query.id]: [shown + binding]}, state: request.state};
	return post(request, {response: await encrypt(payload, request.key, request.enc)});
}

export function refuse(request, error = 'access_denied') {
	return post(request, {error,
		...(request.state === undefined ? {} : {state: request.state})});
}

async function post(request, form) {
	const {redirect_uri: next} = expectObject(await send(request.responseUri, {form}));
	return next === undefined ? null : address(next).href;
}
