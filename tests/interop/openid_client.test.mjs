// SPDX-License-Identifier: Apache-2.0
// openid-client as it comes: no workaround but plain http on loopback.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';

import { Browser } from './browser.mjs';
import { Demo } from './demo.mjs';

let demo;
before(async () => { demo = await Demo.start(); });
after(() => demo.stop());

// How a client file's own method proves who it is.
async function authentication(metadata) {
    if (metadata.client_secret) {
        return metadata.token_endpoint_auth_method === 'client_secret_post'
            ? client.ClientSecretPost(metadata.client_secret) : client.ClientSecretBasic(metadata.client_secret);
    }
    const jwk = metadata.private_jwks.keys.find((key) => key.use === 'sig');
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    return client.PrivateKeyJwt({ key, kid: jwk.kid });
}

async function configured(name) {
    const metadata = demo.client(name);
    const config = await client.discovery(demo.issuer, metadata.client_id,
        { id_token_signed_response_alg: metadata.id_token_signed_response_alg },
        await authentication(metadata), { execute: [client.allowInsecureRequests] });
    return { config, redirect_uri: metadata.redirect_uris[0] };
}

async function signIn({ config, redirect_uri }, { browser = new Browser(demo.issuer.origin), parameters = {}, ...walk } = {}) {
    const code_verifier = client.randomPKCECodeVerifier();
    const state = client.randomState(), nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
        redirect_uri, scope: 'openid profile email', state, nonce, code_challenge_method: 'S256',
        code_challenge: await client.calculatePKCECodeChallenge(code_verifier), ...parameters,
    });
    const back = await browser.walk(url, walk);
    const tokens = await client.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: code_verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
    });
    return { tokens, userinfo: await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub), browser };
}

test('signs in; a declined voluntary claim is nowhere', async () => {
    const { tokens, userinfo } = await signIn(await configured('portal'));
    const everything = JSON.stringify([tokens.claims(), userinfo]);

    assert.equal(tokens.claims().iss, demo.status.issuer);
    assert.ok(userinfo.name);
    for (const name of ['email', 'birthdate', 'gender', 'phone_number']) assert.ok(!everything.includes(`"${name}"`), name);
});

test('an allowed voluntary claim arrives (twin)', async () => {
    const { userinfo } = await signIn(await configured('portal'), { claims: ['email'], parameters: { prompt: 'consent' } });
    assert.match(userinfo.email, /@/);
});

test('private_key_jwt', async () => {
    const { tokens } = await signIn(await configured('insurer'), { parameters: { scope: 'openid profile' } });
    assert.equal(tokens.claims().aud, 'insurer');
});

test('a second sign-in asks nothing, and names the same person', async () => {
    const portal = await configured('portal');
    const first = await signIn(portal);
    const second = await signIn(portal, { browser: first.browser, parameters: { prompt: 'none' } });
    assert.equal(second.tokens.claims().sub, first.tokens.claims().sub);
    assert.equal(second.tokens.claims().auth_time, first.tokens.claims().auth_time);
});

test('a service token by a second request', async () => {
    const portal = await configured('portal');
    const resource = `${demo.status.issuer}/services/application-tracking`;
    const { browser } = await signIn(portal, { parameters: {} });
    const code_verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(portal.config, {
        redirect_uri: portal.redirect_uri, scope: 'openid', resource, code_challenge_method: 'S256',
        code_challenge: await client.calculatePKCECodeChallenge(code_verifier), state: 's',
    });
    const back = await browser.walk(url);
    const tokens = await client.authorizationCodeGrant(portal.config, back, { pkceCodeVerifier: code_verifier, expectedState: 's' }, { resource });
    const answer = await client.fetchProtectedResource(portal.config, tokens.access_token, new URL(`${resource}/applications`), 'GET');
    assert.equal(answer.status, 200);
    assert.ok((await answer.json()).applications.length > 0);
});

test('a refused consent is access_denied', async () => {
    const portal = await configured('portal');
    await assert.rejects(signIn(portal, { persona: 'vannak', decision: 'deny' }), { error: 'access_denied' });
});

test('a code serves once', async () => {
    const portal = await configured('portal');
    const code_verifier = client.randomPKCECodeVerifier();
    const url = client.buildAuthorizationUrl(portal.config, {
        redirect_uri: portal.redirect_uri, scope: 'openid', code_challenge_method: 'S256', state: 's',
        code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    });
    const back = await new Browser(demo.issuer.origin).walk(url);
    const checks = { pkceCodeVerifier: code_verifier, expectedState: 's' };
    const tokens = await client.authorizationCodeGrant(portal.config, back, checks);
    await assert.rejects(client.authorizationCodeGrant(portal.config, back, checks), { error: 'invalid_grant' });
    await assert.rejects(client.fetchUserInfo(portal.config, tokens.access_token, client.skipSubjectCheck), 'what the code gave is dead');
});
