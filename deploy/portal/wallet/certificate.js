// SPDX-License-Identifier: Apache-2.0
// One X.509 certificate (RFC 5280), taken apart.  What is not understood and critical is refused.
import {base64url, unbase64} from './bytes.js';
import {inside, oid, one, time} from './der.js';
import {demand} from './refusal.js';

const HASHES = {'1.2.840.10045.4.3.2': 'SHA-256', '1.2.840.10045.4.3.3': 'SHA-384'};
const CURVES = {'1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384'};
const NAMES = {'2.5.4.3': 'CN', '2.5.4.10': 'O', '2.5.4.6': 'C'};
const SEQUENCE = 0x30;

export function readCertificate(text) {
	const bytes = unbase64(text);
	const [signed, algorithm, signature] = inside(one(bytes, SEQUENCE).body);
	const fields = inside(signed.body);
	demand(fields[0].tag === 0xa0, 'untrusted', 'not a version 3 certificate');
	const [, , , issuer, validity, subject, key] = fields;
	const [starts, ends] = inside(validity.body).map(time);
	return {
		bytes, signed: signed.whole, signature: signature.body.subarray(1),
		hash: HASHES[oid(inside(algorithm.body)[0].body)],
		issuer: issuer.whole, subject: subject.whole, name: names(subject.body), starts, ends,
		key: key.whole, curve: curveOf(key.body),
		...extensions(fields.find(({tag}) => tag === 0xa3)),
	};
}

function curveOf(key) {
	const parts = inside(inside(key)[0].body);
	return parts.length === 2 ? CURVES[oid(parts[1].body)] : undefined;
}

/* {CN, O, C}: the last of each. */
function names(subject) {
	const found = {};
	for (const set of inside(subject)) {
		for (const pair of inside(set.body)) {
			const [type, value] = inside(pair.body);
			const name = NAMES[oid(type.body)];
			if (name) found[name] = new TextDecoder().decode(value.body);
		}
	}
	return found;
}

function extensions(field) {
	const found = {isAuthority: false, pathLength: Infinity, usage: null, hosts: [], keyId: null,
		authorityId: null};
	for (const extension of field ? inside(one(field.body, SEQUENCE).body) : []) {
		const parts = inside(extension.body);
		const value = parts.at(-1).body;
		const read = READERS[oid(parts[0].body)];
		demand(read || parts.length < 3, 'untrusted', 'a critical extension that is not known here');
		read?.(found, value);
	}
	return found;
}

const READERS = {
	'2.5.29.19': (found, value) => { // basicConstraints
		const [isAuthority, pathLength] = inside(one(value, SEQUENCE).body);
		found.isAuthority = isAuthority?.tag === 1 && isAuthority.body[0] !== 0;
		if (pathLength) found.pathLength = pathLength.body[0];
	},
	'2.5.29.15': (found, value) => { // keyUsage: digitalSignature is bit 0, keyCertSign bit 5
		const bits = one(value, 3).body;
		found.usage = {signs: (bits[1] & 0x80) !== 0, certifies: (bits[1] & 0x04) !== 0};
	},
	'2.5.29.17': (found, value) => { // subjectAltName
		found.hosts = inside(one(value, SEQUENCE).body).filter(({tag}) => tag === 0x82)
			.map(({body}) => new TextDecoder().decode(body).toLowerCase());
	},
	'2.5.29.14': (found, value) => { // subjectKeyIdentifier
		found.keyId = base64url(one(value, 4).body);
	},
	'2.5.29.35': (found, value) => { // authorityKeyIdentifier
		const id = inside(one(value, SEQUENCE).body).find(({tag}) => tag === 0x80);
		found.authorityId = id ? base64url(id.body) : null;
	},
	'2.5.29.37': () => {}, // extKeyUsage: whoever asks decides
	'2.5.29.32': () => {}, // certificatePolicies
};
