// SPDX-License-Identifier: Apache-2.0
// A web application that signs people in by the FAPI 2.0 Security Profile: private_key_jwt, PAR, PKCE, DPoP.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID, BASE_URL = 'http://127.0.0.1:3000', KEY_FILE = 'key.json' } = process.env;
const jwk = JSON.parse(readFileSync(KEY_FILE));
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const metadata = { id_token_signed_response_alg: 'ES256' };
const gateway = await oidc.discovery(new URL(ISSUER), CLIENT_ID, metadata, oidc.PrivateKeyJwt({ key, kid: jwk.kid }));
// Tokens are bound to this key: who steals one cannot use it.
const bound = { DPoP: oidc.getDPoPHandle(gateway, await oidc.randomDPoPKeyPair('ES256')) };
const sessions = new Map(); // by the value of the cookie; a real application keeps them in a store

const open = ['/', '/login', '/callback']; // the other pages are for who has signed in

const pages = {
    '/': async ({ session }, answer) => {
        if (session.person) json(answer, { person: session.person });
        else html(answer, '<a id="sign-in" href="/login">Sign in</a>');
    },

    '/login': async ({ session }, answer) => {
        session.expected = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
        redirect(answer, await oidc.buildAuthorizationUrlWithPAR(gateway, {
            redirect_uri: `${BASE_URL}/callback`, scope: 'openid profile email',
            state: session.expected.expectedState, nonce: session.expected.expectedNonce,
            code_challenge: await oidc.calculatePKCECodeChallenge(session.expected.pkceCodeVerifier), code_challenge_method: 'S256',
        }, bound));
    },

    '/callback': async ({ url, session }, answer) => {
        const tokens = await oidc.authorizationCodeGrant(gateway, url, session.expected, undefined, bound);
        const { sub } = tokens.claims();
        const person = await oidc.fetchUserInfo(gateway, tokens.access_token, sub, bound);
        // A new cookie for a session that somebody is signed in to: one that was planted before is worth nothing.
        sessions.delete(session.id);
        Object.assign(begin(answer), { tokens, person, idToken: tokens.id_token });
        redirect(answer, '/');
    },

    '/refresh': async ({ session }, answer) => {
        session.tokens = { ...session.tokens, ...await oidc.refreshTokenGrant(gateway, session.tokens.refresh_token, undefined, bound) };
        session.person = await oidc.fetchUserInfo(gateway, session.tokens.access_token, session.person.sub, bound);
        json(answer, { person: session.person });
    },

    '/token': async ({ session }, answer) => {
        json(answer, await oidc.tokenIntrospection(gateway, session.tokens.access_token));
    },

    '/logout': async ({ session }, answer) => {
        sessions.delete(session.id);
        await oidc.tokenRevocation(gateway, session.tokens.refresh_token);
        redirect(answer, oidc.buildEndSessionUrl(gateway, { id_token_hint: session.idToken, post_logout_redirect_uri: `${BASE_URL}/` }));
    },
};

createServer(async (request, answer) => {
    const url = new URL(request.url, BASE_URL);
    const id = /(?:^|; )example_session=([^;]+)/.exec(request.headers.cookie)?.[1];
    const page = pages[url.pathname];
    try {
        if (!page) return answer.writeHead(404).end();
        const session = sessions.get(id) ?? begin(answer);
        if (!session.tokens && !open.includes(url.pathname)) return redirect(answer, '/login');
        await page({ url, session }, answer);
    } catch (error) {
        console.error(error);
        html(answer.writeHead(502), 'That did not work. <a href="/login">Try again</a>');
    }
}).listen(new URL(BASE_URL).port || 3000, '127.0.0.1', () => console.log(`ready: ${BASE_URL}`));

function begin(answer) {
    const session = { id: oidc.randomState() };
    sessions.set(session.id, session);
    const secure = BASE_URL.startsWith('https:') ? '; Secure' : '';
    answer.setHeader('Set-Cookie', `example_session=${session.id}; Path=/; HttpOnly; SameSite=Lax${secure}`);
    return session;
}

function redirect(answer, url) {
    answer.writeHead(303, { Location: String(url), 'Cache-Control': 'no-store' }).end();
}

function json(answer, value) {
    answer.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(value, null, 2));
}

function html(answer, text) {
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.end(`<!doctype html><title>Example</title>${text}`);
}
