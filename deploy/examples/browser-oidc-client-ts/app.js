// SPDX-License-Identifier: Apache-2.0
// An application that is nothing but a page: no secret, PKCE, and tokens that are bound to a key of this browser (DPoP).
/* global oidc, settings */
'use strict';

const base = location.origin + '/';
const users = new oidc.UserManager({
    ...settings, // authority, client_id
    redirect_uri: base,
    post_logout_redirect_uri: base,
    scope: 'openid profile email',
    dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() },
    automaticSilentRenew: true,
    revokeTokensOnSignout: true,
});
const id = (name) => document.getElementById(name);

id('sign-in').onclick = () => users.signinRedirect().catch(tell);
id('refresh').onclick = () => users.signinSilent().then(show).catch(tell);
id('sign-out').onclick = () => users.signoutRedirect().catch(tell);
arrive().then(show).catch(tell);

async function arrive() {
    const answered = new URLSearchParams(location.search);
    if (!answered.has('code') && !answered.has('error')) return users.getUser();
    // The code is used up: it does not stay in the address.
    try {
        return await users.signinRedirectCallback();
    } finally {
        history.replaceState(null, '', base);
    }
}

async function show(user) {
    const isIn = Boolean(user) && !user.expired;
    id('sign-in').hidden = isIn;
    id('refresh').hidden = id('sign-out').hidden = !isIn;
    id('person').textContent = isIn ? JSON.stringify(await person(user), null, 2) : '';
    id('status').textContent = isIn ? `Signed in until ${new Date(user.expires_at * 1000).toISOString()}` : 'Signed out';
}

// What the gateway tells of the person.  Any API is called like this: a proof for each call, with the server's nonce.
async function person(user, nonce) {
    const url = await users.metadataService.getUserInfoEndpoint();
    const answer = await fetch(url, {
        headers: { Authorization: `DPoP ${user.access_token}`, DPoP: await users.dpopProof(url, user, 'GET', nonce) },
    });
    if (answer.status === 401 && !nonce && answer.headers.has('DPoP-Nonce')) return person(user, answer.headers.get('DPoP-Nonce'));
    if (!answer.ok) throw new Error(`userinfo: ${answer.status}`);
    return answer.json();
}

function tell(error) {
    id('status').textContent = `That did not work: ${error.message}`;
    id('sign-in').hidden = false;
}
