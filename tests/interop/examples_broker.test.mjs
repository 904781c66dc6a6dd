// SPDX-License-Identifier: Apache-2.0
// LemonLDAP::NG's portal, as Debian has it, sends people to the gateway (deploy/examples/broker-lemonldap-ng).
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { Browser } from './browser.mjs';
import { Demo } from './demo.mjs';
import { Example } from './example.mjs';
import { portalAt } from './lemonldap.mjs';

const FRESH = '/var/lib/lemonldap-ng/conf/lmConf-1.json';

let demo;
before(async () => {
    demo = await Demo.start('--tls');
    tls.setDefaultCACertificates([...tls.getCACertificates(), readFileSync(demo.status.ca_file, 'utf8')]);
});
after(() => demo?.stop());

// A portal of its own folder, on loopback: what the package configures for a whole machine.
function portal(app) {
    for (const name of ['conf', 'cache', 'sessions/lock', 'psessions/lock']) mkdirSync(join(app.dir, name), { recursive: true });
    const files = (name) => ({ Directory: join(app.dir, name), LockDirectory: join(app.dir, name, 'lock') });
    const conf = JSON.parse(readFileSync(FRESH));
    const cache = { ...conf.localSessionStorageOptions, cache_root: join(app.dir, 'cache') };
    writeFileSync(join(app.dir, 'conf/lmConf-1.json'), JSON.stringify({
        ...conf, domain: '127.0.0.1', portal: `${app.base}/`, key: 'of-this-test-alone', notification: 0,
        locationRules: { '127.0.0.1': { default: 'accept' } }, exportedHeaders: {},
        globalStorageOptions: files('sessions'), persistentStorageOptions: files('psessions'), localSessionStorageOptions: cache,
    }));
    writeFileSync(join(app.dir, 'lemonldap-ng.ini'), [
        '[all]', 'logLevel = warn', '[configuration]', 'type = File', `dirName = ${app.dir}/conf`,
        '[portal]', 'staticPrefix = /static', 'templateDir = /usr/share/lemonldap-ng/portal/templates', 'languages = en', '',
    ].join('\n'));
}

test('broker-lemonldap-ng', async (t) => {
    const app = await Example.copy('broker-lemonldap-ng', demo);
    t.after(() => app.stop());
    app.register();
    portal(app);
    app.run('/usr/bin/python3', 'connect.py', 'conf/lmConf-1.json');
    await app.start({ LLNG_DEFAULTCONFFILE: join(app.dir, 'lemonldap-ng.ini') }, ...portalAt(new URL(app.base).port));
    const browser = new Browser(demo.issuer.origin);

    const away = await browser.fetch(`${app.base}/`);
    assert.equal(away.status, 302, app.output.join('\n'));
    const back = await browser.walk(away.headers.get('location'), { claims: ['name', 'email'] });
    assert.equal((await browser.fetch(back)).status, 200, app.output.join('\n'));

    const mine = await browser.fetch(`${app.base}/mysession/?whoami`, { headers: { accept: 'application/json' } });
    assert.match((await mine.json()).result, /@dvara$/);

    const out = await browser.fetch(`${app.base}/?logout=1`);
    assert.equal(out.status, 302, app.output.join('\n'));
    const end = await browser.walk(out.headers.get('location'));
    assert.equal(end.href, `${app.base}/?logout=1`);
    const asked = () => { throw new Error('asked'); };
    const again = await browser.fetch(`${app.base}/`);
    await assert.rejects(browser.walk(again.headers.get('location'), { present: asked }), /asked/, 'the gateway asks who it is');
});
