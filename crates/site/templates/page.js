'use strict';
(() => {
  const field = document.querySelector('input[name="code"]');
  const show = document.querySelector('.field button');
  if (!field || !show) return;
  show.hidden = false;
  show.parentElement.classList.add('can-show');
  show.addEventListener('click', () => {
    field.type = field.type === 'password' ? 'text' : 'password';
    const { other } = show.dataset;
    show.dataset.other = show.title;
    show.title = other;
    show.setAttribute('aria-label', other);
  });
  // A link with the code after the #, which no server and no log sees.
  const shared = new URLSearchParams(location.hash.slice(1)).get('signin');
  if (shared) {
    field.value = shared;
    history.replaceState(null, '', location.pathname + location.search);
  }
})();
