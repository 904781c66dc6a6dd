(function () {
	var form = document.getElementById('form-post');
	form.submit();
})();
