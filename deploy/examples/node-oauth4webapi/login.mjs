// SPDX-License-Identifier: Apache-2.0
// One login by FAPI 2.0 with Message Signing, call by call, top to bottom: private_key_jwt, PAR with a signed request
// object (RFC 9101), a signed answer (JARM), PKCE, DPoP; then userinfo, refresh, introspection and revocation.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as oauth from 'oauth4webapi';

const { ISSUER, CLIENT_ID, BASE_URL = 'http://127.0.0.1:3000', KEY_FILE = 'key.json' } = process.env;
const redirect_uri = `${BASE_URL}/callback`;
const jwk = JSON.parse(readFileSync(KEY_FILE));
const key = { kid: jwk.kid, key: await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']) };

const client = { client_id: CLIENT_ID, id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256' };
const auth = oauth.PrivateKeyJwt(key);
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));

const issuer = new URL(ISSUER);
const gateway = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));

// The gateway may ask for a nonce of its own in the proof (RFC 9449 section 8): the library keeps it, we ask again.
async function bound(request, process) {
    try {
        return await process(await request());
    } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
        return process(await request());
    }
}

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const request = await oauth.issueRequestObject(gateway, client, {
    redirect_uri, response_type: 'code', response_mode: 'jwt', scope: 'openid profile email', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
}, key);
const { request_uri } = await bound(
    () => oauth.pushedAuthorizationRequest(gateway, client, auth, { request }, { DPoP }),
    (answer) => oauth.processPushedAuthorizationResponse(gateway, client, answer));

const url = new URL(gateway.authorization_endpoint);
url.search = new URLSearchParams({ client_id: CLIENT_ID, request_uri });
const server = createServer().listen(new URL(BASE_URL).port || 3000, '127.0.0.1');
await once(server, 'listening');
console.log(`ready: ${url}`);

const came = await arrival();
const answered = await oauth.validateJwtAuthResponse(gateway, client, came, state);
const tokens = await bound(
    () => oauth.authorizationCodeGrantRequest(gateway, client, auth, answered, redirect_uri, verifier, { DPoP }),
    (answer) => oauth.processAuthorizationCodeResponse(gateway, client, answer, { expectedNonce: nonce, requireIdToken: true }));
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
const person = await bound(
    () => oauth.userInfoRequest(gateway, client, tokens.access_token, { DPoP }),
    (answer) => oauth.processUserInfoResponse(gateway, client, sub, answer));

const fresh = await bound(
    () => oauth.refreshTokenGrantRequest(gateway, client, auth, tokens.refresh_token, { DPoP }),
    (answer) => oauth.processRefreshTokenResponse(gateway, client, answer));
const token = await introspect(fresh.access_token);
await oauth.processRevocationResponse(await oauth.revocationRequest(gateway, client, auth, tokens.refresh_token));
console.log(JSON.stringify({ person, token, revoked: await introspect(fresh.access_token) }));

async function introspect(token) {
    return oauth.processIntrospectionResponse(gateway, client, await oauth.introspectionRequest(gateway, client, auth, token));
}

// The browser comes back, once.
async function arrival() {
    for (;;) {
        const [request, answer] = await once(server, 'request');
        const url = new URL(request.url, BASE_URL);
        if (url.pathname !== '/callback') {
            answer.writeHead(404).end();
            continue;
        }
        answer.end('Thank you; look at the terminal.');
        server.close();
        return url;
    }
}
