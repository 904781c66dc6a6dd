(function () {
	var here = document.currentScript, form = document.getElementById('wallet-form');
	var code = document.getElementById('wallet-code'), since = '', left = 60;
	function ask() {
		fetch(here.dataset.status + '?since=' + since, {cache: 'no-store'}).then(function (answer) {
			if (!answer.ok) throw 0;
			return answer.json();
		}).then(function (now) {
			since = now.status;
			if (since === 'scanned' && document.getElementById('wallet-qr')) location.reload();
			else if (since === 'waiting' || since === 'scanned') setTimeout(ask, 1000);
			else if (since === 'answered' && code) code.focus();
			else if (since === 'failed') form.submit();
		}).catch(function () {
			if (left--) setTimeout(ask, 5000);
		});
	}
	ask();
})();
