// SPDX-License-Identifier: Apache-2.0
// Makes gateway/pages/country_names.c from Unicode's names of countries, as Node.js has them:
//   node gateway/pages/po/countries.mjs
import {writeFileSync} from 'node:fs';

const languages = ['en', 'km', 'lo', 'fr', 'ar']; // enum language_id
const names = languages.map(
	(language) => new Intl.DisplayNames([language], {type: 'region', fallback: 'none'}));
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
// What Unicode names besides countries of ISO 3166-1.
const others = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
// What was a country once is given the name of another code now.
const canonical = (code) => new Intl.Locale(`und-${code}`).region === code;

const rows = letters.flatMap((first) => letters.map((second) => first + second))
	.filter((code) => !others.has(code) && canonical(code) && names[0].of(code))
	.map((code) => `\t{"${code}", {${names.map((one) => JSON.stringify(one.of(code))).join(', ')}}},`);

writeFileSync(new URL('../country_names.c', import.meta.url), `/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of countries (ISO 3166-1) in the order of enum language_id, from Unicode's CLDR; made by
 * po/countries.mjs.
 */
#include "pages/country.h"

/* clang-format off */
const struct country_names country_names[] = {
${rows.join('\n')}
};
/* clang-format on */
const size_t country_n_names = sizeof(country_names) / sizeof(country_names[0]);
`);
console.log(rows.length);
