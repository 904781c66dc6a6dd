// SPDX-License-Identifier: Apache-2.0
// A demo of its own for one test file: started by deploy/demo, stopped by it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from './ports.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

export class Demo {
    static async start(...options) {
        const demo = new Demo();
        demo.dir = mkdtempSync(join(tmpdir(), 'dvara-demo-'));
        demo.run('up', '--detach', '--port', String(await freePort(4)), ...options);
        demo.status = JSON.parse(demo.run('status'));
        demo.issuer = new URL(demo.status.issuer);
        return demo;
    }

    run(verb, ...words) {
        return execFileSync(join(root, 'deploy/demo'), [verb, '--dir', this.dir, ...words], {
            encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000,
        });
    }

    dvara(...words) {
        const text = execFileSync(join(this.status.bin, 'dvara'), [...words, '--config', this.status.config, '--json'], {
            encoding: 'utf8', timeout: 60_000,
        });
        return text.trim() ? JSON.parse(text) : null;
    }

    client(name) {
        return JSON.parse(readFileSync(this.status.clients[name]));
    }

    stop() {
        this.run('down');
        rmSync(this.dir, { recursive: true, force: true });
    }
}
