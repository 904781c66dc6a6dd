// SPDX-License-Identifier: Apache-2.0
// DER (X.690), as much of it as certificates have.
import {demand} from './refusal.js';

/* The element at `at`: {tag, body, whole, next}. */
function element(bytes, at) {
	demand(at + 2 <= bytes.length, 'untrusted', 'a certificate ends early');
	let size = bytes[at + 1];
	let start = at + 2;
	if (size & 0x80) {
		const width = size & 0x7f;
		demand(width >= 1 && width <= 3 && start + width <= bytes.length, 'untrusted', 'a bad length');
		size = 0;
		for (let i = 0; i < width; i++) size = size * 256 + bytes[start + i];
		start += width;
	}
	demand(start + size <= bytes.length, 'untrusted', 'a certificate ends early');
	return {tag: bytes[at], body: bytes.subarray(start, start + size),
		whole: bytes.subarray(at, start + size), next: start + size};
}

/* The one element that the bytes are. */
export function one(bytes, tag) {
	const found = element(bytes, 0);
	demand(found.next === bytes.length, 'untrusted', 'something follows an element');
	demand(tag === undefined || found.tag === tag, 'untrusted', 'an element of another kind');
	return found;
}

/* The elements inside. */
export function inside(bytes) {
	const found = [];
	for (let at = 0; at < bytes.length; at = found.at(-1).next) found.push(element(bytes, at));
	return found;
}

export function oid(bytes) {
	const numbers = [Math.floor(bytes[0] / 40), bytes[0] % 40];
	let value = 0;
	for (const byte of bytes.subarray(1)) {
		value = value * 128 + (byte & 0x7f);
		if (byte & 0x80) continue;
		numbers.push(value);
		value = 0;
	}
	return numbers.join('.');
}

/* UTCTime and GeneralizedTime (RFC 5280 section 4.1.2.5), in seconds. */
export function time({tag, body}) {
	const text = new TextDecoder().decode(body);
	const short = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
	const long = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
	const parts = (tag === 0x17 ? short : long)?.slice(1).map(Number);
	demand(parts, 'untrusted', 'a bad time');
	if (tag === 0x17) parts[0] += parts[0] < 50 ? 2000 : 1900;
	return Date.UTC(parts[0], parts[1] - 1, ...parts.slice(2)) / 1000;
}
