// SPDX-License-Identifier: Apache-2.0
// Ports for servers of the tests: below what the kernel gives to callers, so that until a server listens there,
// nobody else's call may come from it; and nobody who asks here gets the same one, which is told by holding the UDP
// port of its number.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// The first of so many free ones in a row.
export async function freePort(count = 1) {
    for (let tries = 0; tries < 50; tries++) {
        const first = 20000 + Math.floor(Math.random() * 12700);
        const free = await Promise.all(Array.from({ length: count }, async (_, more) => await isClaimed(first + more) && isFree(first + more)));
        if (free.every(Boolean)) return first;
    }
    throw new Error(`no ${count} free ports in a row`);
}

// Until this process ends.
function isClaimed(port) {
    return new Promise((resolve) => {
        const sign = createSocket('udp4').once('error', () => resolve(false));
        sign.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(Boolean(sign.unref())));
    });
}

function isFree(port) {
    return new Promise((resolve) => {
        const probe = createServer().once('error', () => resolve(false));
        probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
}
