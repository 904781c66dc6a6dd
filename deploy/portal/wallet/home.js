// SPDX-License-Identifier: Apache-2.0
// The first view: who is in this wallet, and where a link goes in.
import {attempt, button, el, field, form, show} from './dom.js';
import {FEW, freshCopies, isShut, list, makeDefault, remove} from './identities.js';
import {MIN_LETTERS} from './pin.js';
import {canRead, canScan, readPicture, scan} from './scan.js';
import {date, t, titleOf} from './text.js';

export async function home(open) {
	const rows = await list();
	const again = () => home(open);
	show(
		el('h1', {}, t('home-title')),
		entry(open),
		el('section', {}, el('h2', {}, t('identities')),
			rows.length ? el('ul', {class: 'rows', id: 'identities'}, rows.map((one) => row(one, again)))
				: el('p', {id: 'empty'}, t('none-yet'))),
		el('details', {id: 'about-pin'}, el('summary', {}, t('what-pin')),
			el('p', {}, t('what-pin-text', {count: MIN_LETTERS}))),
		el('p', {class: 'warn'}, t('demo')));
}

function entry(open) {
	const video = el('video', {hidden: true, muted: true, playsinline: true, 'aria-label': t('scan')});
	const made = form('enter', ({link}) => open(link),
		field('link', 'link', {hint: t('link-hint'), spellcheck: 'false', dir: 'ltr'}),
		el('p', {}, el('button', {id: 'open'}, t('open'))),
		canScan() ? el('p', {}, button('scan', 'scan', () => attempt(made, () => scan(video, open)))) : null,
		video, canRead() ? picture(open, () => made) : null);
	return made;
}

function picture(open, made) {
	return el('p', {}, el('label', {for: 'picture'}, t('picture')), el('br'),
		el('input', {id: 'picture', type: 'file', accept: 'image/*', onchange: ({target}) =>
			attempt(made(), async () => open(await readPicture(target.files[0])))}));
}

function row(identity, again) {
	return el('li', {'data-label': identity.label}, el('p', {},
		el('strong', {}, el('bdi', {}, identity.label)), el('br'),
		el('span', {class: 'why'}, t(`relation-${identity.relation}`),
			identity.isDefault ? ` – ${t('is-default')}` : '')),
	isShut(identity) ? el('p', {class: 'wrong'}, t('refused-shut')) : identity.credentials.map(about),
	el('p', {}, identity.isDefault || isShut(identity) ? null
		: button(undefined, 'make-default', async () => { await makeDefault(identity.id); await again(); },
			'plain make-default'),
	' ', button(undefined, 'remove', () => askToRemove(identity, again), 'plain remove')));
}

function about(credential) {
	const left = freshCopies(credential);
	return el('p', {}, el('bdi', {}, titleOf(credential.titles)),
		el('span', {class: 'why keys'}, ` – ${t('keys-left', {count: left})}`,
			credential.expires ? ` – ${t('expires', {date: date(credential.expires)})}` : ''),
		left <= FEW ? el('span', {class: 'warn few'}, t('keys-few')) : null);
}

function askToRemove(identity, again) {
	show(el('h1', {}, t('remove-title')), el('p', {}, el('bdi', {}, identity.label)),
		el('p', {}, t('remove-text')),
		el('div', {class: 'decide'},
			button('really', 'remove', async () => { await remove(identity.id); await again(); }),
			button('back', 'back', again)));
}
