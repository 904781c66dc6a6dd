// SPDX-License-Identifier: Apache-2.0
// Reading a QR by the camera or from a picture, where the browser can (BarcodeDetector).
import {Refusal} from './refusal.js';

const EVERY_MS = 200;

export const canRead = () => 'BarcodeDetector' in globalThis;
export const canScan = () => canRead() && Boolean(navigator.mediaDevices?.getUserMedia);

const detector = () => new BarcodeDetector({formats: ['qr_code']});

export async function readPicture(file) {
	const [found] = await detector().detect(await createImageBitmap(file));
	if (!found) throw new Refusal('no-qr');
	return found.rawValue;
}

/* Shows the camera in a video; `tell` gets the text.  Returns what stops it. */
export async function scan(video, tell) {
	const stream = await navigator.mediaDevices
		.getUserMedia({video: {facingMode: 'environment'}, audio: false})
		.catch(() => { throw new Refusal('no-camera'); });
	const reader = detector();
	const stop = () => {
		clearInterval(timer);
		for (const track of stream.getTracks()) track.stop();
		video.hidden = true;
	};
	const timer = setInterval(async () => {
		const [found] = video.readyState >= 2 ? await reader.detect(video).catch(() => []) : [];
		if (!found) return;
		stop();
		tell(found.rawValue);
	}, EVERY_MS);
	video.srcObject = stream;
	video.hidden = false;
	await video.play();
	return stop;
}
