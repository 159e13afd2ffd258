// Files that go along with a message: chosen, dropped anywhere, pasted; what an upload that fails leaves to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, say, useWorld, world } from './support/world.mjs';

useWorld('instant');

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const IMAGE = { name: 'dot.png', type: 'image/png', base64: PIXEL };
const NOTES = { name: 'notes.txt', type: 'text/plain', base64: Buffer.from('some notes').toString('base64') };

/** What a person drags or pastes: files, or a text. */
function carried(page, { files = [], text = '' }) {
  return page.evaluateHandle(
    ({ files, text }) => {
      const data = new DataTransfer();
      if (text) data.setData('text/plain', text);
      for (const { name, type, base64 } of files) data.items.add(new File([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))], name, { type }));
      return data;
    },
    { files, text },
  );
}

async function paste(page, what) {
  const data = await carried(page, what);
  await page.locator('#composer').evaluate((field, clipboardData) => {
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, data);
}

test('a file goes along, chosen or pasted as a long text, which may be text again', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await page.setInputFiles('.composer input[type=file]', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('some notes') });
    await page.locator('.chip', { hasText: '10 B' }).waitFor();
    await say(page, 'simulate:describe');
    assert.match(await lastAnswer(page).innerText(), /notes\.txt, text\/plain, 10 bytes/);
    const long = 'word '.repeat(1000);
    await paste(page, { text: long });
    await page.locator('.chip', { hasText: 'pasted.txt' }).waitFor();
    await page.getByRole('button', { name: 'Keep as text' }).click();
    assert.equal(await page.inputValue('#composer'), long);
  }));

test('an upload that fails can be tried again', () =>
  onPage({}, async (page) => {
    await openChat(page);
    let refuses = true;
    await page.route('**/v1/files', (route) => (refuses ? route.abort() : route.continue()));
    await page.setInputFiles('.composer input[type=file]', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
    await page.locator('.chip', { hasText: 'Upload failed' }).waitFor();
    refuses = false;
    await page.getByRole('button', { name: 'Try a.txt again' }).click();
    await page.locator('.chip', { hasText: '1 B' }).waitFor();
  }));

test('files are dropped anywhere on the page', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const dataTransfer = await carried(page, { files: [NOTES, IMAGE] });
    const target = page.getByText('Drop files to attach them');
    await page.dispatchEvent('nav', 'dragenter', { dataTransfer });
    await target.waitFor();
    await page.dispatchEvent('nav', 'dragleave', { dataTransfer });
    await target.waitFor({ state: 'detached' });
    await page.dispatchEvent('header', 'dragenter', { dataTransfer });
    await target.waitFor();
    await page.dispatchEvent('header', 'drop', { dataTransfer });
    await target.waitFor({ state: 'detached' });
    await page.locator('.chip', { hasText: '10 B' }).waitFor();
    await page.locator('.chip img').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'composer');
    await page.getByRole('button', { name: 'Remove dot.png' }).click();
    await say(page, 'simulate:describe');
    assert.match(await lastAnswer(page).innerText(), /notes\.txt, text\/plain, 10 bytes/);
  }));

test('text that is dragged is no file, and files are not taken where nothing is written', () =>
  onPage({}, async (page) => {
    await openChat(page);
    const target = page.getByText('Drop files to attach them');
    await page.dispatchEvent('header', 'dragenter', { dataTransfer: await carried(page, { text: 'a word' }) });
    assert.equal(await target.count(), 0);
    await page.goto(`${world.url}/archive`);
    await page.locator('main h1').waitFor();
    const dataTransfer = await carried(page, { files: [NOTES] });
    await page.dispatchEvent('main', 'dragenter', { dataTransfer });
    assert.equal(await target.count(), 0);
    await page.dispatchEvent('main', 'drop', { dataTransfer });
    await page.goBack();
    await page.locator('#composer').waitFor();
    assert.equal(await page.locator('.chip').count(), 0);
  }));

test('a pasted image goes along and can be looked at', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await paste(page, { files: [IMAGE] });
    await page.locator('.chip', { hasText: 'dot.png' }).locator('img').waitFor();
    await page.locator('.chip', { hasText: ' B' }).waitFor();
    await say(page, 'simulate:describe');
    assert.match(await lastAnswer(page).innerText(), /image\/png/);
    const picture = page.locator('.question').getByRole('button', { name: 'View the image' });
    await picture.click();
    await page.getByRole('dialog').getByRole('img', { name: 'dot.png' }).waitFor();
  }));
