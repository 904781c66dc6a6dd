(function () {
	var here = document.currentScript, byId = function (id) { return document.getElementById(id); };
	var start = byId('card-start'), ask = 'web-eid:authenticate', timer;
	function say(what) {
		[].forEach.call(byId('card-said').children, function (one) {
			one.hidden = one.id !== 'card-' + what;
		});
		start.disabled = what === 'wait';
	}
	function read(answer) {
		if (answer.ok) return answer.json();
		if (answer.status >= 500) throw 'away';
		return answer.json().then(function (said) {
			throw said.error === 'invalid_challenge' ? 'again' : 'refused';
		});
	}
	function wrong(why) { say(typeof why === 'string' ? why : 'away'); }
	function end(said) {
		clearTimeout(timer);
		timer = 0;
		if (said.action !== ask + '-success')
			return say(/UNAVAILABLE|VERSION/.test(said.error && said.error.code) ? 'missing' : 'stopped');
		fetch('/card/login', {
			method: 'POST', headers: {'Content-Type': 'application/json'},
			body: JSON.stringify({'auth-token': said})
		}).then(read).then(function (next) { location.assign(next.redirect_uri); }).catch(wrong);
	}
	addEventListener('message', function (event) {
		var said = event.data || {};
		if (event.source !== window || !timer) return;
		if (said.action === ask + '-ack') clearTimeout(timer);
		else if (/^web-eid:authenticate-(success|failure)$/.test(said.action)) end(said);
	});
	start.onclick = function () {
		say('wait');
		fetch(here.dataset.challenge, {cache: 'no-store'}).then(read).then(function (said) {
			timer = setTimeout(end, 2000, {error: {code: 'UNAVAILABLE'}});
			postMessage({
				action: ask, libraryVersion: '2.0.2', challengeNonce: said.nonce,
				options: {lang: document.documentElement.lang}
			}, location.origin);
		}).catch(wrong);
	};
	byId('card-web-eid').hidden = false;
})();
