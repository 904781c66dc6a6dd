// SPDX-License-Identifier: Apache-2.0
// From the certificates of a token (x5c) to an authority that this wallet trusts: its own list and
// nobody else's (HAIP 1.0 section 5).
import {readCertificate} from './certificate.js';
import {concat, isEqual} from './bytes.js';
import {inside, one} from './der.js';
import {demand} from './refusal.js';
import {now} from './clock.js';

const MAX = 4;
const SIZES = {'P-256': 32, 'P-384': 48};

/* The leaf: {key (to verify with), certificate, authorities (key ids)}. */
export async function trusted(x5c, anchors) {
	demand(Array.isArray(x5c) && x5c.length >= 1 && x5c.length <= MAX, 'untrusted', 'no x5c');
	const certificates = x5c.map((text) => readCertificate(String(text)));
	const roots = anchors.map(readCertificate);
	checkLeaf(certificates[0]);
	demand(!certificates.some((one) => roots.some((root) => isEqual(one.bytes, root.bytes))),
		'untrusted', 'x5c holds the anchor');
	await climb(certificates, roots);
	return {
		certificate: certificates[0], authorities: certificates.map(({authorityId}) => authorityId),
		key: await keyOf(certificates[0]),
	};
}

function checkLeaf(leaf) {
	demand(leaf.curve === 'P-256', 'untrusted', 'the certificate has no P-256 key');
	demand(!isEqual(leaf.issuer, leaf.subject), 'untrusted', 'the certificate is self-signed');
	demand(!leaf.isAuthority, 'untrusted', 'the certificate is an authority’s');
	demand(leaf.usage?.signs, 'untrusted', 'the certificate may not sign');
}

async function climb([current, ...others], roots) {
	for (let below = 0; below < MAX; below++) {
		demand(current.starts <= now() && now() < current.ends, 'untrusted', 'a certificate’s time');
		if (await signerOf(current, roots, below)) return;
		current = await signerOf(current, others, below);
		demand(current, 'untrusted', 'nobody known here stands behind the certificate');
	}
	demand(false, 'untrusted', 'too many certificates');
}

/* `below`: authorities between it and the leaf. */
async function signerOf(certificate, candidates, below) {
	for (const candidate of candidates) {
		const fits = isEqual(candidate.subject, certificate.issuer) && candidate.isAuthority &&
			(candidate.usage?.certifies ?? true) && candidate.pathLength >= below &&
			candidate.starts <= now() && now() < candidate.ends;
		if (fits && await isSignedBy(certificate, candidate)) return candidate;
	}
	return null;
}

function keyOf({key, curve}) {
	demand(curve, 'untrusted', 'a certificate has a key of another kind');
	return crypto.subtle.importKey('spki', key, {name: 'ECDSA', namedCurve: curve}, true, ['verify']);
}

async function isSignedBy(certificate, authority) {
	demand(certificate.hash, 'untrusted', 'a certificate is signed in another way');
	const size = SIZES[authority.curve];
	return crypto.subtle.verify({name: 'ECDSA', hash: certificate.hash}, await keyOf(authority),
		plain(certificate.signature, size), certificate.signed);
}

/* DER's two numbers as the bytes that WebCrypto wants. */
function plain(signature, size) {
	return concat(...inside(one(signature, 0x30).body).map(({body}) => {
		const digits = body[0] === 0 ? body.subarray(1) : body;
		demand(digits.length <= size, 'untrusted', 'a bad signature');
		return concat(new Uint8Array(size - digits.length), digits);
	}));
}
