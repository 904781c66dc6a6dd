// SPDX-License-Identifier: Apache-2.0
// The five languages: texts/CODE.json.  The person's choice is kept; else the browser's.
const CODES = ['km', 'lo', 'en', 'fr', 'ar'];
const KEPT = 'language';

let texts, others;
export let language;

export async function useLanguage(chosen) {
	const wanted = [chosen, localStorage.getItem(KEPT), ...navigator.languages.map((one) => one.split('-')[0])];
	language = wanted.find((code) => CODES.includes(code)) ?? 'en';
	if (chosen) localStorage.setItem(KEPT, language);
	[texts, others] = await Promise.all([language, 'en'].map(load));
	document.documentElement.lang = language;
	document.documentElement.dir = texts.direction;
}

async function load(code) {
	return (await fetch(new URL(`texts/${code}.json`, import.meta.url))).json();
}

/* {code: its own name} */
export const LANGUAGES = {km: 'ខ្មែរ', lo: 'ລາວ', en: 'English', fr: 'Français', ar: 'العربية'};

export function t(key, values = {}) {
	const text = texts[key] ?? others[key] ?? key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const has = (key) => key in others;

/* Of {language: text}. */
export const titleOf = (titles) => titles[language] ?? titles.en ?? Object.values(titles)[0];

/* The browser's own dates are not in every language. */
export function date(seconds) {
	const when = new Date(seconds * 1000);
	return t('date', {day: when.getDate(), month: texts.months[when.getMonth()],
		year: when.getFullYear()});
}
