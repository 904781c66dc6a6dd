// SPDX-License-Identifier: Apache-2.0
// An Express application that signs people in: /login, /logout and /callback are the middleware's.
import express from 'express';
import oidc from 'express-openid-connect';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET, BASE_URL = 'http://127.0.0.1:3000' } = process.env;
const app = express();

app.use(oidc.auth({
    issuerBaseURL: ISSUER,
    baseURL: BASE_URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clientAuthMethod: 'client_secret_post',
    secret: SESSION_SECRET, // of its own cookie
    idTokenSigningAlg: 'ES256',
    authorizationParams: { response_type: 'code', scope: 'openid profile email' },
    pushedAuthorizationRequests: true, // what is asked never passes through the browser
    authRequired: false,
    idpLogout: true, // signing out here signs out of the gateway too
    enableTelemetry: false,
}));

app.get('/', (request, answer) => answer.send(request.oidc.isAuthenticated() ? '<a id="sign-out" href="/logout">Sign out</a>' : '<a id="sign-in" href="/login">Sign in</a>'));
app.get('/me', oidc.requiresAuth(), async (request, answer) => answer.json(await request.oidc.fetchUserInfo()));

app.listen(new URL(BASE_URL).port || 3000, '127.0.0.1', (error) => {
    if (error) throw error; // the port is taken, as a rule
    console.log(`ready: ${BASE_URL}`);
});
