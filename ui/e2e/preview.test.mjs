// Diagrams and pages of answers are drawn in a frame that cannot reach anything.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { openPage } from './support/browser.mjs';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

const block = (language, text) => `simulate:echo \`\`\`${language}\n${text}\n\`\`\`\n\nThat is all.`;
const frameOf = (page) => lastAnswer(page).locator('iframe').contentFrame();

for (const theme of ['light', 'dark']) {
  test(`a diagram is drawn, ${theme}`, () =>
    onPage({ theme }, async (page) => {
      await openChat(page);
      await say(page, block('mermaid', 'graph TD\n  A[Question] --> B{Known?}\n  B -->|yes| C[Answer]\n  B -->|no| D[Search]'));
      await frameOf(page).locator('svg .node', { hasText: 'Question' }).waitFor();
      await page.waitForFunction(() => document.querySelector('iframe').clientHeight > 200);
      await lastAnswer(page).getByRole('button', { name: 'Code', exact: true }).click();
      await lastAnswer(page).locator('pre', { hasText: 'graph TD' }).waitFor();
      await lastAnswer(page).getByRole('button', { name: 'Preview' }).click();
      await frameOf(page).locator('svg .node').first().waitFor();
    }));
}

test('a diagram that cannot be understood is shown as its text', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, block('mermaid', 'graph TD\n  A --> [[['));
    await lastAnswer(page).getByText('This diagram could not be drawn.').waitFor();
    await lastAnswer(page).locator('pre', { hasText: 'A --> [[[' }).waitFor();
  }));

/** Another host, which counts what reaches it. */
async function startOther() {
  const asked = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(incoming.url);
    outgoing.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { asked, url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const PAGE = (other) => `<h1>Hello</h1><p id="found"></p>
<img src="${other}/image"><link rel="stylesheet" href="${other}/style"><script src="${other}/script"></script>
<iframe src="${other}/frame"></iframe><form action="${other}/form"><button id="go">go</button></form>
<script>
const found = { origin: self.origin };
const attempt = (name, run) => { try { found[name] = String(run()); } catch { found[name] = 'refused'; } };
attempt('cookie', () => document.cookie);
attempt('parent', () => parent.document.title);
attempt('storage', () => localStorage.length);
attempt('opened', () => open('${other}/opened'));
attempt('left', () => (top.location = '${other}/top'));
document.getElementById('go').click();
navigator.sendBeacon('${other}/beacon');
Promise.allSettled([fetch('/api/session'), fetch('${other}/fetch')]).then((all) => {
  found.fetched = all.map((it) => it.status).join();
  document.getElementById('found').textContent = JSON.stringify(found);
  setTimeout(() => (location = '${other}/location'), 500);
});
</script>`;

test('a page runs when it is asked for, in a frame without an origin, and reaches nothing', async () => {
  const other = await startOther();
  const opened = await openPage(world.browser);
  try {
    const { page } = opened;
    await openChat(page);
    await say(page, block('html', PAGE(other.url)));
    assert.equal(await lastAnswer(page).locator('iframe').count(), 0);
    await lastAnswer(page).getByRole('button', { name: 'Preview' }).click();
    const frame = frameOf(page);
    await frame.locator('#found:not(:empty)').waitFor();
    assert.deepEqual(JSON.parse(await frame.locator('#found').textContent()), {
      origin: 'null',
      cookie: 'refused',
      parent: 'refused',
      storage: 'refused',
      opened: 'null',
      left: 'refused',
      fetched: 'rejected,rejected',
    });
    await page.waitForTimeout(1200);
    assert.equal(new URL(page.url()).origin, world.url);
    assert.deepEqual(other.asked, []);
  } finally {
    await opened.close();
    other.stop();
  }
});

test('a drawing is shown without running what is in it', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, block('svg', '<svg viewBox="0 0 200 100" width="200"><rect width="200" height="100" fill="teal"/><script>document.title = "ran"</script></svg>'));
    await lastAnswer(page).getByRole('button', { name: 'Preview' }).click();
    await frameOf(page).locator('svg rect').waitFor();
    assert.equal(await frameOf(page).locator('body').evaluate(() => document.title), 'Preview');
  }));

test('nobody but the page is listened to', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, block('mermaid', 'graph TD\n  A --> B'));
    await frameOf(page).locator('svg .node').first().waitFor();
    const height = await page.locator('iframe').evaluate((it) => it.clientHeight);
    await page.evaluate(() => postMessage({ state: 'drawn', height: 900 }, '*'));
    await page.waitForTimeout(100);
    assert.equal(await page.locator('iframe').evaluate((it) => it.clientHeight), height);
  }));

test('a table is copied as CSV and as it was written', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const table = '| name | **n** |\n|:--|--:|\n| a, b | $x^2$ |';
    await say(page, `simulate:echo ${table}`);
    await lastAnswer(page).locator('.katex').waitFor();
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await lastAnswer(page).locator('table').hover();
    await page.getByRole('button', { name: 'Copy as CSV' }).click();
    await page.getByText('Copied', { exact: true }).first().waitFor();
    assert.equal(await clipboard(), 'name,n\r\n"a, b",x^2');
    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('|'));
    assert.equal(await clipboard(), table);
  }));
