// SPDX-License-Identifier: Apache-2.0
// IndexedDB: one row for each identity.  Keys lie in it as the browser's own objects, which sign but
// cannot be read.
const NAME = 'dvara-wallet';
const ROWS = 'identities';

function opened() {
	const asked = indexedDB.open(NAME, 1);
	asked.onupgradeneeded = () => asked.result.createObjectStore(ROWS, {keyPath: 'id'});
	return done(asked);
}

function done(asked) {
	return new Promise((resolve, reject) => {
		asked.onsuccess = () => resolve(asked.result);
		asked.onerror = () => reject(asked.error);
	});
}

/* `use` gets the rows' store; what it asks for is what comes back, once it is kept. */
async function within(mode, use) {
	const base = await opened();
	try {
		const work = base.transaction(ROWS, mode, {durability: 'strict'});
		const ended = new Promise((resolve, reject) => {
			work.oncomplete = resolve;
			work.onabort = work.onerror = () => reject(work.error);
		});
		const found = await done(use(work.objectStore(ROWS)));
		await ended;
		return found;
	} finally {
		base.close();
	}
}

export const all = () => within('readonly', (rows) => rows.getAll());
export const find = (id) => within('readonly', (rows) => rows.get(id));
export const keep = (row) => within('readwrite', (rows) => rows.put(row));
export const remove = (id) => within('readwrite', (rows) => rows.delete(id));
