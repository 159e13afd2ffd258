// Sets theme, language and text size before the first paint. Runs as a classic script in the head.
(function () {
  var root = document.documentElement;
  var read = function (name) {
    try {
      return localStorage.getItem('flowgpt.' + name);
    } catch (_) {
      return null;
    }
  };
  var theme = read('theme');
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  root.dataset.theme = theme;
  var locale = read('locale') || ((navigator.languages || [navigator.language])[0] || 'en');
  root.lang = /^zh/i.test(locale) ? 'zh-CN' : 'en';
  root.dataset.size = read('size') || 'normal';
  root.dataset.sidebar = read('sidebar') || 'open';
})();
