// What is drawn of an answer does not depend on how it came, and stays where it can be found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

/** Cuts the bodies of streamed replies into pieces of so many bytes, before the page reads them. */
function cutStreams(size) {
  const real = globalThis.fetch;
  const cutter = () =>
    new TransformStream({
      transform(bytes, out) {
        for (let at = 0; at < bytes.length; at += size) out.enqueue(bytes.slice(at, at + size));
      },
    });
  globalThis.fetch = async (...asked) => {
    const reply = await real(...asked);
    if (!reply.headers.get('content-type')?.startsWith('text/event-stream')) return reply;
    return new Response(reply.body.pipeThrough(cutter()), { status: reply.status, headers: reply.headers });
  };
}

/** The answer's HTML without what is different every time: ids. */
const drawn = (page) =>
  lastAnswer(page).evaluate((it) => it.outerHTML.replace(/ (id|aria-controls|aria-labelledby)="[^"]*"/g, ''));

const MESSAGES = ['simulate:markdown', 'simulate:emoji', 'simulate:chinese', 'simulate:search-emoji', 'simulate:reasoning'];

test('an answer that comes in pieces of 1, 3 and 7 bytes is drawn the same', async () => {
  const looks = [];
  for (const size of [1_000_000, 1, 3, 7]) {
    await onPage({}, async (page, context) => {
      await context.addInitScript(cutStreams, size);
      await openChat(page);
      const all = [];
      for (const message of MESSAGES) {
        await say(page, message);
        if (message === 'simulate:markdown') {
          await lastAnswer(page).locator('.katex').nth(1).waitFor();
          await lastAnswer(page).locator('.hljs-keyword').first().waitFor();
        }
        all.push(await drawn(page));
      }
      looks.push(all);
    });
  }
  for (const [index, message] of MESSAGES.entries()) {
    for (const look of looks.slice(1)) assert.equal(look[index], looks[0][index], message);
  }
});

test('a text 200 messages up is found by the browser and brought into view', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const turns = Array.from({ length: 100 }, (_, index) => ({
      input: [{ type: 'message', role: 'user', content: `question ${index}` }],
      response: {
        id: `resp_${index}`,
        previous_response_id: index === 0 ? null : `resp_${index - 1}`,
        status: 'completed',
        output: [{ type: 'message', id: `m${index}`, content: [{ type: 'output_text', text: index === 0 ? 'the needle' : 'hay\n\n'.repeat(20) }] }],
      },
    }));
    const chat = { id: 'chat_long', title: 'Long', model: 'auto', created_at: 1, updated_at: 1, is_pinned: false, is_archived: false, leaf: 'resp_99', running: null };
    await page.route('**/api/chats/chat_long', (route) => route.fulfill({ json: { chat, turns } }));
    await page.goto(`${world.url}/c/chat_long`);
    await page.getByText('question 99').waitFor();
    const needle = page.getByText('the needle');
    assert.ok(await needle.evaluate((it) => it.getBoundingClientRect().bottom < 0));
    // What is far away is laid out only when it is looked for.
    assert.equal(await needle.evaluate((it) => getComputedStyle(it.closest('.turn')).contentVisibility), 'auto');
    assert.ok(await page.evaluate(() => globalThis.find('the needle')));
    assert.equal(await page.evaluate(() => document.getSelection().toString()), 'the needle');
    // A browser without a window does not scroll to what it has found.
    await page.evaluate(() => document.getSelection().focusNode.parentElement.scrollIntoView({ block: 'center' }));
    await page.waitForTimeout(500);
    assert.ok(await needle.evaluate((it) => it.getBoundingClientRect().top >= 0 && it.getBoundingClientRect().bottom <= innerHeight));
  }));
