// SPDX-License-Identifier: Apache-2.0
// LemonLDAP::NG's portal, as Debian has it, as an OpenID provider of its own folder, on loopback.
import { generateKeyPairSync } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from './ports.mjs';

const FRESH = '/var/lib/lemonldap-ng/conf/lmConf-1.json';
const START_MS = 120_000;

// The program that serves the portal there, and its words.
export function portalAt(port) {
    return ['/usr/bin/plackup', '-I', fileURLToPath(new URL('perl', import.meta.url)), '--server', 'Forking',
        '--host', '127.0.0.1', '--port', String(port), '/usr/share/lemonldap-ng/portal/htdocs/index.psgi'];
}

export class Lemonldap {
    static async start() {
        const one = new Lemonldap();
        one.dir = mkdtempSync(join(tmpdir(), 'dvara-lemonldap-'));
        one.port = await freePort();
        one.issuer = `http://127.0.0.1:${one.port}`;
        for (const name of ['conf', 'cache', 'sessions/lock', 'psessions/lock', 'oidc/lock']) mkdirSync(join(one.dir, name), { recursive: true });
        one.configure();
        await one.run();
        return one;
    }

    configure() {
        const files = (name) => ({ Directory: join(this.dir, name), LockDirectory: join(this.dir, name, 'lock') });
        const fresh = JSON.parse(readFileSync(FRESH));
        const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        this.conf = {
            ...fresh, domain: '127.0.0.1', portal: `${this.issuer}/`, key: 'of-this-test-alone', notification: 0,
            locationRules: { '127.0.0.1': { default: 'accept' } }, exportedHeaders: {}, requireToken: 0,
            cspFormAction: '*', authentication: 'Demo', userDB: 'Same', passwordDB: 'Null', registerDB: 'Null',
            demoExportedVars: { uid: 'uid', cn: 'cn', mail: 'mail' },
            globalStorageOptions: files('sessions'), persistentStorageOptions: files('psessions'),
            localSessionStorageOptions: { ...fresh.localSessionStorageOptions, cache_root: join(this.dir, 'cache') },
            issuerDBOpenIDConnectActivation: 1, issuerDBOpenIDConnectPath: '^/oauth2/',
            oidcServiceMetaDataIssuer: this.issuer, oidcServiceAllowAuthorizationCodeFlow: 1, oidcServiceKeyIdSig: 'l1',
            oidcServicePrivateKeySig: privateKey.export({ type: 'pkcs8', format: 'pem' }),
            oidcServicePublicKeySig: publicKey.export({ type: 'spki', format: 'pem' }),
            oidcRPMetaDataOptions: {}, oidcRPMetaDataExportedVars: {},
        };
        this.write();
        writeFileSync(join(this.dir, 'lemonldap-ng.ini'), [
            '[all]', 'logLevel = warn', '[configuration]', 'type = File', `dirName = ${this.dir}/conf`,
            '[portal]', 'staticPrefix = /static', 'templateDir = /usr/share/lemonldap-ng/portal/templates', 'languages = en', '',
        ].join('\n'));
    }

    write() {
        writeFileSync(join(this.dir, 'conf/lmConf-1.json'), JSON.stringify(this.conf));
    }

    // A client; the portal reads its configuration when it starts.
    async register(id, secret, redirectUri) {
        this.conf.oidcRPMetaDataOptions[id] = {
            oidcRPMetaDataOptionsClientID: id, oidcRPMetaDataOptionsClientSecret: secret,
            oidcRPMetaDataOptionsRedirectUris: redirectUri, oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
            oidcRPMetaDataOptionsBypassConsent: 1, oidcRPMetaDataOptionsUserIDAttr: 'uid',
        };
        this.conf.oidcRPMetaDataExportedVars[id] = { email: 'mail', name: 'cn' };
        this.write();
        await this.end();
        await this.run();
    }

    async run() {
        this.output = [];
        const [program, ...words] = portalAt(this.port);
        this.child = spawn(program, words, {
            stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LLNG_DEFAULTCONFFILE: join(this.dir, 'lemonldap-ng.ini') },
        });
        for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => this.output.push(String(text)));
        for (const until = Date.now() + START_MS; !await listens(this.port);) {
            if (this.child.exitCode !== null || Date.now() > until) throw new Error(`it does not listen:\n${this.output.join('')}`);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    async end() {
        const ended = new Promise((resolve) => this.child.on('exit', resolve));
        if (this.child.exitCode !== null) return;
        this.child.kill('SIGTERM');
        await ended;
    }

    async stop() {
        await this.end();
        rmSync(this.dir, { recursive: true, force: true });
    }
}

function listens(port) {
    return new Promise((resolve) => {
        const probe = connect(port, '127.0.0.1', () => resolve(!probe.end().destroyed || true)).on('error', () => resolve(false));
    });
}
