// The chat in a real browser, with the gateway and its simulator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

test('an answer comes, and the chat gets an address and a title', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo Good morning');
    assert.match(await lastAnswer(page).innerText(), /Good morning/);
    assert.match(page.url(), /\/c\/chat_/);
    await page.locator('nav a[aria-current=page]', { hasText: 'simulate:echo Good morning' }).waitFor();
  }));

test('a chat that is opened again says the same', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:markdown');
    await lastAnswer(page).locator('.katex').nth(1).waitFor();
    const text = await lastAnswer(page).locator('.prose').innerText();
    await page.reload();
    await lastAnswer(page).locator('.katex').nth(1).waitFor();
    const again = await lastAnswer(page).locator('.prose').innerText();
    assert.equal(again.replace(/\s+/g, ' '), text.replace(/\s+/g, ' '));
  }));

test('an edited question is a second version, and the first stays', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo first words');
    await page.locator('.question').hover();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Edit your message' }).fill('simulate:echo second words');
    await page.getByRole('button', { name: 'Send', exact: true }).first().click();
    await page.locator('.answer', { hasText: 'second words' }).waitFor();
    await page.locator('.question [data-version]', { hasText: /^2\/2$/ }).waitFor();
    await page.getByRole('button', { name: 'Previous version' }).click();
    await page.locator('.answer', { hasText: 'first words' }).waitFor();
    assert.equal(await page.locator('.answer').count(), 1);
  }));

test('an answer made again is a version of the answer', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:plain');
    await lastAnswer(page).getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('menuitem', { name: /The same model/ }).click();
    await page.locator('.answer [data-version]', { hasText: '2/2' }).waitFor();
    assert.equal(await page.locator('.question [data-version]').count(), 0);
  }));

test('Enter does not send while an input method composes', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await page.fill('#composer', '你好');
    const press = (init) =>
      page.locator('#composer').evaluate((field, it) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...it })), init);
    await press({ isComposing: true });
    await press({ keyCode: 229 });
    assert.equal(await page.locator('.question').count(), 0);
    assert.equal(await page.inputValue('#composer'), '你好');
    await press({});
    await page.locator('.question').waitFor();
  }));

test('what an answer may hold keeps its attributes through the gate', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:markdown');
    const region = lastAnswer(page).locator('.table-region').first();
    assert.equal(await region.getAttribute('tabindex'), '0');
    assert.ok(await region.locator('td[align=right]').count());
  }));

test('code is coloured and can be copied', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:markdown');
    await page.locator('.code .hljs-keyword').first().waitFor();
    await page.locator('.code').first().getByRole('button', { name: 'Copy' }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.locator('.code code').first().innerText());
  }));

test('thoughts, searches with their sources, code and pictures are steps of the answer', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:reasoning');
    await page.getByRole('button', { name: /Thought/ }).click();
    await page.getByText('Reading the question').waitFor();
    await say(page, 'simulate:search');
    await page.getByRole('button', { name: '3 sources' }).click();
    await page.getByRole('complementary', { name: 'Sources' }).getByText('Rhine stays high after a week of rain').waitFor();
    await say(page, 'simulate:code');
    await lastAnswer(page).getByRole('button', { name: 'Ran Python' }).click();
    await lastAnswer(page).locator('.step .code').first().waitFor();
    await say(page, 'simulate:image');
    await lastAnswer(page).getByRole('button', { name: 'View the image' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Download' }).waitFor();
  }));

test('a document of the canvas opens beside the chat', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:canvas');
    await page.getByRole('button', { name: 'Day 1 Log' }).click();
    await page.getByRole('complementary', { name: 'Day 1 Log' }).getByText('The sea was calm.').waitFor();
  }));

test('a chat is renamed, pinned, archived and taken out again', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo to be filed');
    const menu = (title) => page.getByRole('button', { name: `Actions for ${title}` });
    await menu('simulate:echo to be filed').click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Title of the chat' }).fill('Filed');
    await page.keyboard.press('Enter');
    await menu('Filed').click();
    await page.getByRole('menuitem', { name: 'Pin' }).click();
    await page.getByRole('heading', { name: 'Pinned' }).waitFor();
    await menu('Filed').click();
    await page.getByRole('menuitem', { name: 'Archive' }).click();
    await page.getByText('Archived “Filed”').waitFor();
    await page.goto(`${world.url}/archive`);
    await page.getByRole('button', { name: 'Take out of the archive' }).click();
    await page.locator('nav').getByRole('link', { name: 'Filed' }).waitFor();
  }));

test('a deleted chat can be brought back', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo to be deleted');
    await page.keyboard.press('Control+Shift+Backspace');
    await page.getByText('Deleted “simulate:echo to be deleted”').waitFor();
    assert.equal(await page.locator('nav').getByText('to be deleted').count(), 0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('nav').getByText('to be deleted').waitFor();
  }));

test('the palette finds a chat by its text and opens it', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo about the zebra crossing');
    await page.keyboard.press('Control+Shift+O');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('zebra');
    await page.getByRole('option', { name: /zebra/ }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.answer', { hasText: 'zebra' }).waitFor();
  }));

test('a chat is saved as Markdown', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo **saved** words');
    await page.getByRole('button', { name: 'Export' }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export as Markdown' }).click();
    const file = await waiting;
    const pieces = [];
    for await (const piece of await file.createReadStream()) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    assert.match(text, /^# simulate:echo/);
    assert.match(text, /## You\n\nsimulate:echo \*\*saved\*\* words\n\n## Assistant\n\n\*\*saved\*\* words/);
  }));

test('a temporary chat remembers what was said, and is listed nowhere', () =>
  onPage({}, async (page) => {
    await openChat(page, '/temporary');
    const sent = [];
    page.on('request', (request) => request.url().endsWith('/v1/responses') && sent.push(request.postDataJSON()));
    await say(page, 'simulate:echo secret plan');
    await say(page, 'simulate:echo and more');
    assert.equal(sent[1].store, false);
    assert.equal(sent[1].input.length, 3);
    assert.equal(await page.locator('nav').getByText('secret plan').count(), 0);
    assert.match(page.url(), /\/temporary$/);
  }));

test('the model, how hard it thinks, and a GPT are chosen from one menu', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const sent = [];
    page.on('request', (request) => request.url().endsWith('/v1/responses') && sent.push(request.postDataJSON()));
    const choose = async (name) => {
      await page.getByRole('button', { name: /^Model:/ }).click();
      await page.getByRole('menuitemradio', { name, exact: true }).click();
      await page.getByRole('menu').waitFor({ state: 'detached' });
    };
    await choose('High');
    await choose('gpt-5.5-thinking');
    await say(page, 'simulate:plain');
    await choose('g-simArtist');
    await say(page, 'simulate:plain');
    assert.deepEqual(sent.map(({ model, reasoning }) => [model, reasoning?.effort]), [
      ['gpt-5.5-thinking', 'high'],
      ['gizmo-g-simArtist', 'high'],
    ]);
    await page.getByRole('button', { name: /^Model:/ }).click();
    assert.deepEqual(await page.getByRole('menuitemradio', { checked: true }).allInnerTexts(), ['High', 'g-simArtist']);
    assert.equal(await page.getByRole('menuitemradio', { name: /tts|embedding|moderation/ }).count(), 0);
  }));

test('a draft is kept for its chat', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await page.fill('#composer', 'half a thought');
    await page.reload();
    await page.locator('#composer').waitFor();
    assert.equal(await page.inputValue('#composer'), 'half a thought');
  }));

test('a chat that is not there looks like one of somebody else', () =>
  onPage({}, async (page) => {
    await openChat(page, '/c/chat_nowhere');
    await page.getByText('Chat not found').waitFor();
  }));

for (const [locale, phrases] of [
  ['en', ['The official site failed to answer.', 'It reached', 'The answer was withdrawn by the official site.', 'Retry']],
  ['zh', ['官方网站没能给出回答。', '', '官方撤回了这条回答。', '重试']],
]) {
  test(`failures are told in words, in ${locale}`, () =>
    onPage({ locale }, async (page) => {
      await openChat(page);
      await say(page, 'simulate:truncated');
      await page.getByText(phrases[0]).waitFor();
      await page.getByRole('button', { name: phrases[3] }).waitFor();
      await say(page, 'simulate:moderation');
      await page.getByText(phrases[2]).waitFor();
    }));
}

test('the debug panel names models and events, and no secret', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:plain');
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Debug panel' }).click();
    const panel = page.getByRole('complementary', { name: 'Debug panel' });
    await panel.getByText('response.completed').waitFor();
    const text = await panel.innerText();
    assert.match(text, /Model asked\s+auto/);
    assert.ok(!text.includes(world.key));
  }));
