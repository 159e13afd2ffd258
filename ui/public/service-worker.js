// Lets browsers install the chat, and says in its place when the gateway cannot be reached. Keeps nothing: no page,
// no file, no conversation.
'use strict';

/** Pages that are looked at; addresses that sign in or out are none of its business. */
const PAGES = /^\/(|c\/[^/]+|g\/[^/]+|temporary|archive|settings(\/.*)?)$/;

const TEXTS = {
  en: ['FlowGPT cannot be reached', 'Check the connection. Nothing is lost.', 'Try again'],
  zh: ['无法连接 FlowGPT', '请检查网络连接，没有丢失任何内容。', '重试'],
};

const STYLE = `:root{color-scheme:light dark;--bg:#f7f7f8;--text:#17181a;--text-2:#585b61;--accent:#5f4dd0;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#101114;--text:#ececee;--text-2:#b2b5bb;--accent:#7c6bea;--on-accent:#0e0b22}}
body{display:grid;place-content:center;justify-items:center;gap:8px;min-height:100dvh;margin:0;padding:16px;box-sizing:border-box;background:var(--bg);color:var(--text);font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;text-align:center}
h1{margin:0;font-size:20px}p{margin:0 0 12px;color:var(--text-2)}
a{padding:10px 20px;border-radius:8px;background:var(--accent);color:var(--on-accent);text-decoration:none}`;

function unreachable() {
  const lang = navigator.language.startsWith('zh') ? 'zh' : 'en';
  const [title, text, action] = TEXTS[lang];
  const html = `<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style><main><h1>${title}</h1><p>${text}</p><a href="">${action}</a></main></html>`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  return new Response(html, { status: 503, headers });
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { mode, method, url } = event.request;
  if (mode !== 'navigate' || method !== 'GET' || !PAGES.test(new URL(url).pathname)) return;
  event.respondWith(fetch(event.request).catch(unreachable));
});
