// SPDX-License-Identifier: Apache-2.0
//
// Khmer and Lao put no blanks between words, and not every browser knows their words: this puts a
// zero width space (U+200B) between them in km.po and lo.po, where a line may then break.  Run it
// after a translation has changed:  node gateway/pages/po/breaks.mjs
import {readFileSync, writeFileSync} from 'node:fs';

const scripts = {km: /\p{Script=Khmer}/u, lo: /\p{Script=Lao}/u};

function broken(text, language) {
	const plain = text.replaceAll('\u200b', '');
	let out = '', wasWord = false;
	for (const part of plain.split(/(%\{[^}]*\})/)) {
		if (part.startsWith('%{')) {
			out += part;
			wasWord = false;
			continue;
		}
		for (const {segment, isWordLike} of
			new Intl.Segmenter(language, {granularity: 'word'}).segment(part)) {
			// A repetition sign stays with its word.
			const isWord = isWordLike && scripts[language].test(segment) && !/^[ៗໆ]/u.test(segment);
			if (isWord && wasWord) out += '\u200b';
			out += segment;
			wasWord = isWord || /^[ៗໆ]/u.test(segment);
		}
	}
	return out;
}

for (const language of Object.keys(scripts)) {
	const file = new URL(`${language}.po`, import.meta.url);
	const lines = readFileSync(file, 'utf8').split('\n');
	let inText = false;
	writeFileSync(file, lines.map((line) => {
		if (/^msg(id|ctxt)/.test(line)) inText = false;
		if (/^msgstr/.test(line)) inText = true;
		return inText ? line.replace(/"(.*)"/, (_, text) => `"${broken(text, language)}"`) : line;
	}).join('\n'));
}
