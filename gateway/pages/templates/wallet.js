(function () {
	var here = document.currentScript, byId = function (id) { return document.getElementById(id); };
	var code = byId('wallet-code'), qr = byId('wallet-qr'), link = byId('wallet-link');
	var since = '', left = 60, linked = Date.now();
	function draw(now) {
		if (now.qr) {
			qr.setAttribute('viewBox', '0 0 ' + now.qr.side + ' ' + now.qr.side);
			qr.dataset.uri = now.qr.uri;
			qr.lastChild.setAttribute('d', now.qr.path);
		}
		if (now.link) {
			linked = Date.now();
			link.href = now.link;
			if (now.universal) byId('wallet-universal').href = now.universal;
		}
	}
	function ask() {
		var more = (qr ? '&qr=1' : '') + (link && Date.now() - linked > 6e4 ? '&link=1' : '');
		fetch(here.dataset.status + '?since=' + since + more, {cache: 'no-store'}).then(function (answer) {
			if (answer.status === 404) location.replace(here.dataset.again);
			if (!answer.ok) throw 0;
			return answer.json();
		}).then(function (now) {
			left = 60;
			since = now.status;
			draw(now);
			if (since === 'scanned' && (qr || link)) location.replace(byId('wallet-form').getAttribute('action'));
			else if (since === 'waiting' || since === 'scanned') setTimeout(ask, 1000);
			else if (since === 'answered' && code) code.focus();
			else if (since === 'failed') byId('wallet-form').submit();
		}).catch(function () {
			if (left--) setTimeout(ask, 5000);
		});
	}
	ask();
})();
