// SPDX-License-Identifier: Apache-2.0
// Making a page: elements, forms, one view after another.  Texts are only ever text.
import {Refusal} from './refusal.js';
import {t} from './text.js';

export function el(tag, properties = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(properties)) {
		if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
		else if (value === true) element.setAttribute(name, '');
		else if (value !== false && value !== undefined) element.setAttribute(name, value);
	}
	element.append(...children.flat().filter((child) => child !== null));
	return element;
}

/* In place of what was shown; who cannot see it hears its title. */
export function show(...children) {
	const main = document.getElementById('main');
	main.replaceChildren(...children.flat().filter((child) => child !== null));
	const title = main.querySelector('h1');
	document.title = `${title.textContent} – ${t('wallet')}`;
	title.tabIndex = -1;
	title.focus();
	scrollTo(0, 0);
}

export const button = (id, key, act, kind = 'second') =>
	el('button', {id, type: 'button', class: kind, onclick: act}, t(key));

export function field(id, key, properties = {}) {
	const {hint, ...more} = properties;
	return el('p', {}, el('label', {for: id}, t(key)), el('br'),
		hint ? el('span', {class: 'why', id: `${id}-hint`}, hint) : null, hint ? el('br') : null,
		el('input', {id, name: id, autocomplete: 'off', 'aria-describedby': hint && `${id}-hint`, ...more}));
}

/* {kind: radio} rows; options: [{value, title, why}]; the first is chosen. */
export function choice(name, key, options, onchange) {
	return el('fieldset', {id: name, onchange}, el('legend', {}, t(key)),
		options.map(({value, title, why}, at) => el('label', {class: 'claim'},
			el('input', {type: 'radio', name, value, checked: at === 0}),
			el('span', {}, el('strong', {}, el('bdi', {}, title)),
				why ? el('span', {class: 'why'}, why) : null))));
}

/* `act` gets the values; what it refuses is said at the end of the form, and can be tried again. */
export function form(id, act, ...children) {
	const wrong = el('p', {class: 'wrong', role: 'alert', id: 'wrong', hidden: true});
	const made = el('form', {id, novalidate: true, onsubmit: async (event) => {
		event.preventDefault();
		await attempt(made, () => act(Object.fromEntries(new FormData(made))));
	}}, ...children, wrong);
	return made;
}

/* While it runs the buttons are off. */
export async function attempt(made, act) {
	const wrong = made.querySelector('#wrong');
	const buttons = made.querySelectorAll('button');
	wrong.hidden = true;
	made.setAttribute('aria-busy', 'true');
	for (const one of buttons) one.disabled = true;
	try {
		await act();
	} catch (error) {
		wrong.replaceChildren(...reason(error));
		wrong.hidden = false;
	} finally {
		made.removeAttribute('aria-busy');
		for (const one of buttons) one.disabled = false;
	}
}

/* Plain words first, then what an expert would want. */
export function reason(error) {
	if (!(error instanceof Refusal)) console.error(error);
	const {why, detail} = error instanceof Refusal ? error : {why: 'broken', detail: error?.message};
	const isTold = ['wrong-pin', 'unreachable'].includes(why);
	return [t(`refused-${why}`, {detail}), detail && !isTold ? el('br') : '',
		detail && !isTold ? el('code', {dir: 'ltr', lang: 'en'}, detail) : ''];
}
