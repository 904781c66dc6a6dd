// SPDX-License-Identifier: Apache-2.0
// Taking credentials: OpenID4VCI 1.0 with a pre-authorized code; DPoP where the server takes it; a
// batch of copies, each bound to a key of its own.
import {trusted} from './chain.js';
import {now, SKEW_S} from './clock.js';
import {address, errorOf, expectObject, send} from './http.js';
import {importJwk, newKey, publicJwk, sign, verify} from './jws.js';
import {demand, Refusal} from './refusal.js';
import {open} from './sdjwt.js';
import {openSession, post} from './session.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const COPIES = 10;

/* {issuer, id, configuration, titles, metadata, server, code, txCode (or null)} */
export async function readOffer(params) {
	const offer = params.credential_offer ? parsed(params.credential_offer)
		: expectObject(await send(params.credential_offer_uri), 'expired');
	const grant = offer.grants?.[GRANT];
	demand(grant?.['pre-authorized_code'], 'unsupported', 'no pre-authorized code');
	const issuer = address(offer.credential_issuer) && offer.credential_issuer;
	const metadata = await wellKnown(issuer, 'openid-credential-issuer', 'credential_issuer');
	const id = (offer.credential_configuration_ids ?? []).find((one) =>
		canHold(metadata.credential_configurations_supported?.[one]));
	demand(id, 'unsupported', 'no credential that this wallet can hold');
	const servers = metadata.authorization_servers ?? [issuer];
	const server = grant.authorization_server ?? servers[0];
	demand(servers.includes(server), 'malformed', 'another authorization server');
	const configuration = metadata.credential_configurations_supported[id];
	return {
		issuer, id, configuration, titles: titlesOf(id, configuration), metadata,
		server: await wellKnown(server, 'oauth-authorization-server', 'issuer'),
		code: grant['pre-authorized_code'], txCode: grant.tx_code ?? null,
	};
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		throw new Refusal('malformed', 'the offer is not JSON');
	}
}

/* Between host and path (RFC 8414 section 3), and naming itself as it was asked for. */
async function wellKnown(identifier, name, self) {
	const url = address(identifier);
	const path = url.pathname.replace(/\/$/, '');
	const metadata = expectObject(await send(`${url.origin}/.well-known/${name}${path}`));
	demand(metadata[self] === identifier, 'untrusted', `${name} names another ${self}`);
	return metadata;
}

function canHold(configuration) {
	const proof = configuration?.proof_types_supported?.jwt;
	return configuration?.format === 'dc+sd-jwt' && typeof configuration.vct === 'string' &&
		configuration.cryptographic_binding_methods_supported?.includes('jwk') &&
		proof?.proof_signing_alg_values_supported?.includes('ES256') &&
		!proof.key_attestations_required;
}

/* {language: name of the credential}, as the issuer tells them. */
function titlesOf(id, configuration) {
	const shown = configuration.credential_metadata?.display ?? configuration.display ?? [];
	return Object.fromEntries(shown.length
		? shown.map(({locale, name}) => [String(locale ?? 'en').split('-')[0], String(name)])
		: [['en', id]]);
}

/* [{key (private), text, claims, payload, authorities}], checked. */
export async function takeCopies(offer, txCode, anchors) {
	const session = await openSession(offer, txCode);
	const size = Math.min(COPIES, offer.metadata.batch_credential_issuance?.batch_size ?? 1);
	const keys = await Promise.all(Array.from({length: size}, newKey));
	const {credentials, notification} = await request(session, keys);
	try {
		const copies = await checked(credentials, keys, offer, anchors);
		await notify(session, notification, 'credential_accepted');
		return copies;
	} catch (error) {
		await notify(session, notification, 'credential_failure');
		throw error;
	}
}

async function request(session, keys) {
	const {metadata} = session.offer;
	let answer = await ask(session, keys);
	/* A nonce may have run out meanwhile (section 8.3.1.2). */
	if (answer.status === 400 && errorOf(answer) === 'invalid_nonce') answer = await ask(session, keys);
	demand(answer.status !== 202, 'unsupported', `${metadata.credential_issuer} defers`);
	const {credentials, notification_id: notification} = expectObject(answer);
	demand(Array.isArray(credentials) && credentials.length >= 1 && credentials.length <= keys.length,
		'bad-credential', 'not as many credentials as keys');
	return {credentials: credentials.map(({credential}) => String(credential)), notification};
}

async function ask(session, keys) {
	const {metadata, id} = session.offer;
	const nonce = metadata.nonce_endpoint &&
		expectObject(await send(metadata.nonce_endpoint, {json: ''})).c_nonce;
	const proofs = await Promise.all(keys.map(async (key) => sign(
		{typ: 'openid4vci-proof+jwt', jwk: await publicJwk(key)},
		{aud: metadata.credential_issuer, iat: now(), ...(nonce && {nonce})}, key.privateKey)));
	const which = session.identifier ? {credential_identifier: session.identifier}
		: {credential_configuration_id: id};
	return post(session, metadata.credential_endpoint, {...which, proofs: {jwt: proofs}});
}

async function checked(credentials, keys, offer, anchors) {
	const seen = new Set();
	return Promise.all(credentials.map(async (text, at) => {
		const copy = {...await check(text, keys[at], offer, anchors), text, key: keys[at].privateKey};
		/* One place in a status list, or one digest, in two copies would tie them together. */
		for (const mark of [JSON.stringify(copy.payload.status ?? at), ...copy.payload._sd ?? []]) {
			demand(!seen.has(mark), 'bad-credential', 'copies can be told to be one person’s');
			seen.add(mark);
		}
		return copy;
	}));
}

async function check(text, key, {configuration}, anchors) {
	const {header, token, payload, claims} = await open(text);
	const {key: issuerKey, authorities} = await trusted(header.x5c, anchors);
	await verify(token, 'dc+sd-jwt', issuerKey);
	demand(payload.vct === configuration.vct, 'bad-credential', 'of another type');
	demand((payload.nbf ?? 0) <= now() + SKEW_S && (payload.exp ?? Infinity) > now(),
		'bad-credential', 'not valid now');
	await importJwk(payload.cnf?.jwk);
	const [ours, theirs] = [await publicJwk(key), payload.cnf.jwk];
	demand(ours.x === theirs.x && ours.y === theirs.y, 'bad-credential', 'bound to another key');
	return {payload, claims, authorities};
}

/* A courtesy: that the issuer cannot be told undoes nothing. */
async function notify(session, id, event) {
	const {notification_endpoint: url} = session.offer.metadata;
	if (!url || !id) return;
	await post(session, url, {notification_id: id, event}).catch(() => {});
}
