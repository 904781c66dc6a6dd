// SPDX-License-Identifier: Apache-2.0
// What a verifier asks for: DCQL (OpenID4VP 1.0 section 6), one credential of format dc+sd-jwt.
import {reach} from './sdjwt.js';
import {demand} from './refusal.js';

const isPath = (path) => Array.isArray(path) && path.length > 0 && path.every((part) =>
	typeof part === 'string' || part === null || (Number.isInteger(part) && part >= 0));

function listOf(value, name) {
	demand(Array.isArray(value) && value.length > 0, 'malformed', `bad ${name}`);
	return value;
}

/* {id, types, authorities (or null), sets: [[{path, values}]]}: the sets by preference. */
export function readQuery(query) {
	demand(Array.isArray(query?.credentials) && query.credentials.length === 1, 'unsupported',
		'the request is not for one credential');
	const [wanted] = query.credentials;
	demand(/^[A-Za-z0-9_-]+$/.test(wanted.id ?? ''), 'malformed', 'the query has a bad id');
	demand(wanted.format === 'dc+sd-jwt', 'unsupported', 'not for dc+sd-jwt');
	const types = wanted.meta?.vct_values;
	demand(Array.isArray(types) && types.length > 0, 'malformed', 'the query has no vct_values');
	const claims = wanted.claims === undefined ? [] : listOf(wanted.claims, 'claims');
	demand(claims.every((claim) => isPath(claim?.path)), 'malformed', 'a bad path');
	return {id: wanted.id, types, authorities: authorities(wanted), sets: setsOf(wanted, claims)};
}

/* Key ids of authorities (aki): others are not known here, and never match. */
function authorities({trusted_authorities: groups}) {
	if (groups === undefined) return null;
	return listOf(groups, 'trusted_authorities').flatMap((group) => {
		demand(Array.isArray(group?.values), 'malformed', 'bad trusted_authorities');
		return group.type === 'aki' ? group.values : [];
	});
}

function setsOf({claim_sets: sets}, claims) {
	if (sets === undefined) return [claims];
	return listOf(sets, 'claim_sets').map((ids) => listOf(ids, 'claim_sets').map((id) => {
		const found = claims.find((claim) => claim.id === id);
		demand(found, 'malformed', 'claim_sets name a claim that is not there');
		return found;
	}));
}

/* All that may leave, for the person to see: which set a document answers is known only once it is
 * open. */
export function askedPaths(query) {
	return [...new Map(query.sets.flat().map(({path}) => [path.join('.'), path])).values()];
}

/* Before the PIN: could a stored credential do?  By what is known of it without opening it. */
export function mayFit(query, credential) {
	return query.types.includes(credential.vct) &&
		(query.authorities === null ||
			credential.authorities.some((id) => query.authorities.includes(id))) &&
		query.sets.some((set) => set.every(({path}) => credential.names.includes(path[0])));
}

/* With the credential open: {needs, values: [[path, values]]} of the first set that it answers, or
 * null. */
export function fit(query, credential) {
	for (const set of query.sets) {
		const answers = set.map(({path, values: allowed}) =>
			({path, allowed, ...reach(credential, path)}));
		if (!answers.every(isAnswer)) continue;
		return {needs: new Set(answers.flatMap(({needs}) => needs)),
			values: answers.map(({path, values}) => [path, values])};
	}
	return null;
}

function isAnswer({allowed, values}) {
	return values.length > 0 && (!allowed || values.every((value) => allowed.includes(value)));
}
