// Everything by keys: each shortcut of the sheet, and a whole visit without a pointer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const sidebar = (page) => page.locator('nav[aria-label=Chats]');
const isFocused = (locator) => locator.evaluate((it) => it === document.activeElement);
const focusOf = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id ?? '');

/** Every row of the sheet by its words, with what shows that it does what they say. */
const SHORTCUTS = {
  Send: async (page) => {
    await page.fill('#composer', 'simulate:echo sent');
    await page.keyboard.press('Enter');
    await page.locator('.answer', { hasText: 'sent' }).waitFor();
  },
  'New line': async (page) => {
    await page.fill('#composer', 'one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    assert.equal(await page.inputValue('#composer'), 'one\ntwo');
  },
  'Search and commands': async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
  },
  'New chat': async (page) => {
    await say(page, 'simulate:plain');
    await page.keyboard.press('Control+Shift+O');
    await page.getByRole('heading', { name: 'What is on your mind today?' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'composer');
  },
  'Open or close the sidebar': async (page) => {
    await page.keyboard.press('Control+Shift+S');
    await sidebar(page).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Shift+S');
    await sidebar(page).waitFor();
  },
  'Go to the message field': async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).focus();
    await page.keyboard.press('Shift+Escape');
    await page.locator('#composer:focus').waitFor();
  },
  'Copy the last answer': async (page) => {
    await say(page, 'simulate:echo **to be copied**');
    await page.keyboard.press('Control+Shift+C');
    await page.getByText('Copied', { exact: true }).first().waitFor();
    assert.equal(await clipboard(page), '**to be copied**');
  },
  'Copy the last code block': async (page) => {
    await say(page, 'simulate:echo ```js\nlet one = 1;\n```\n\nand\n\n```js\nlet two = 2;\n```');
    await page.keyboard.press('Control+Shift+Semicolon');
    await page.getByText('Copied', { exact: true }).first().waitFor();
    assert.equal(await clipboard(page), 'let two = 2;');
  },
  'Delete the chat': async (page) => {
    await say(page, 'simulate:echo doomed');
    await page.keyboard.press('Control+Shift+Backspace');
    await page.getByText('Deleted “simulate:echo doomed”').waitFor();
  },
  'Close what is on top, or stop the answer': async (page) => {
    await page.fill('#composer', 'simulate:stall');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    await page.keyboard.press('Control+/');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await lastAnswer(page).getByText('Stopped').waitFor();
  },
  'Edit the last message, from an empty field': async (page) => {
    await say(page, 'simulate:echo old words');
    await page.focus('#composer');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.getByRole('textbox', { name: 'Edit your message' }).inputValue(), 'simulate:echo old words');
    await page.keyboard.press('Escape');
    await page.locator('#composer:focus').waitFor();
  },
  'Other version of a message': async (page) => {
    await say(page, 'simulate:echo first');
    await page.focus('#composer');
    await page.keyboard.press('ArrowUp');
    await page.getByRole('textbox', { name: 'Edit your message' }).fill('simulate:echo second');
    await page.keyboard.press('Control+Enter');
    await page.locator('.answer', { hasText: 'second' }).waitFor();
    await page.locator('.question').getByRole('button', { name: 'Previous version' }).focus();
    await page.keyboard.press('Alt+ArrowLeft');
    await page.locator('.answer', { hasText: 'first' }).waitFor();
    assert.equal(await focusOf(page), 'Next version');
    await page.keyboard.press('Alt+ArrowRight');
    await page.locator('.answer', { hasText: 'second' }).waitFor();
    assert.equal(await focusOf(page), 'Previous version');
  },
  'This list': async (page) => {
    await page.keyboard.press('Control+/');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  },
};

test('the sheet lists exactly what there is', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await page.keyboard.press('Control+/');
    const names = page.getByRole('dialog').locator('dl dt');
    await names.first().waitFor();
    assert.deepEqual((await names.allInnerTexts()).sort(), Object.keys(SHORTCUTS).sort());
  }));

for (const [name, works] of Object.entries(SHORTCUTS)) {
  test(`a shortcut does what the sheet says: ${name}`, () =>
    onPage({}, async (page) => {
      await openChat(page);
      await works(page);
    }));
}

test('a version of an answer is changed by keys too', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:plain');
    await lastAnswer(page).getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('menuitem', { name: /The same model/ }).click();
    await page.locator('.answer [data-version]', { hasText: '2/2' }).waitFor();
    await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
    await lastAnswer(page).getByRole('button', { name: 'Previous version' }).focus();
    await page.keyboard.press('Alt+ArrowLeft');
    await page.locator('.answer [data-version]', { hasText: '1/2' }).waitFor();
    assert.equal(await focusOf(page), 'Next version');
  }));

/** Goes on by Tab until what has the focus is called so; the focus has to be seen at every step. */
async function tabTo(page, name, key = 'Tab') {
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press(key);
    const at = await page.evaluate(() => {
      const it = document.activeElement;
      const box = it.closest('form') ?? it;
      const look = (node) => getComputedStyle(node);
      const isSeen = look(it).outlineStyle !== 'none' || it.id === 'composer' || it.tagName === 'IFRAME';
      const name = it.getAttribute('aria-label') ?? it.title ?? '';
      return { name: `${name}\n${it.textContent}\n${it.id}`, isSeen, opacity: look(it.closest('.actions') ?? box).opacity };
    });
    assert.ok(at.isSeen, `the focus is not seen on ${at.name}`);
    if (at.name.split('\n').some((it) => it.trim() === name)) {
      await page.waitForFunction(() => getComputedStyle(document.activeElement.closest('.actions') ?? document.body).opacity === '1');
      return;
    }
  }
  assert.fail(`${name} cannot be reached by ${key}`);
}

test('a visit without a pointer: sign in, send, edit, go back a version, export', () =>
  onPage({}, async (page) => {
    await page.goto(world.url);
    assert.equal(await focusOf(page), 'code');
    await page.keyboard.type(world.key);
    await page.keyboard.press('Enter');
    await page.locator('#composer').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await page.keyboard.press('Enter');
    await tabTo(page, 'composer');
    await page.keyboard.type('simulate:echo one');
    await page.keyboard.press('Enter');
    await page.locator('.answer', { hasText: 'one' }).waitFor();
    await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
    await tabTo(page, 'Edit', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    assert.equal(await focusOf(page), 'Edit');
    await page.keyboard.press('Enter');
    await page.keyboard.type(' two');
    await page.keyboard.press('Control+Enter');
    await page.locator('.answer', { hasText: 'one two' }).waitFor();
    await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });
    await page.locator('#composer:focus').waitFor();
    await tabTo(page, 'Previous version', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.locator('.question [data-version]', { hasText: '1/2' }).waitFor();
    assert.equal(await focusOf(page), 'Next version');
    await tabTo(page, 'Export', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Export as Markdown' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    assert.ok(await isFocused(page.getByRole('button', { name: 'Export' })));
    await page.keyboard.press('Enter');
    const waiting = page.waitForEvent('download');
    await page.locator('[role=menuitem]:focus', { hasText: 'Export as Markdown' }).waitFor();
    await page.keyboard.press('Enter');
    assert.match((await waiting).suggestedFilename(), /\.md$/);
  }));
