// SPDX-License-Identifier: Apache-2.0
// Why something was not done: `why` is a text of texts/*.json (refused-WHY), `detail` is for experts.
export class Refusal extends Error {
	constructor(why, detail = '') {
		super(`${why}: ${detail}`);
		this.why = why;
		this.detail = detail;
	}
}

export function demand(holds, why, detail) {
	if (!holds) throw new Refusal(why, detail);
}
