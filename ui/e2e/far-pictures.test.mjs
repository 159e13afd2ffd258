// Pictures of other hosts: nothing is asked of anybody before the person wants it, then the gateway asks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './support/axe.mjs';
import { lastAnswer, onPage, openChat, say, useWorld } from './support/world.mjs';

useWorld('instant');

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const ADDRESS = 'https://pictures.example/p.png?q=secret';

test('a picture is fetched by the gateway once it is wanted, and looked at as every other', () =>
  onPage({}, async (page) => {
    const asked = [];
    await page.route('**/api/pictures', (route) => {
      asked.push(route.request());
      return route.fulfill({ contentType: 'image/png', body: PIXEL });
    });
    await openChat(page);
    await say(page, `simulate:echo Look: ![a chart](${ADDRESS})`);
    const button = lastAnswer(page).getByRole('button', { name: 'Load image from pictures.example' });
    assert.equal(asked.length, 0);
    assert.deepEqual(await violations(page, 'picture that is not loaded', [390]), []);
    await button.focus();
    await page.keyboard.press('Enter');
    const shown = lastAnswer(page).getByRole('button', { name: 'a chart' });
    await shown.waitFor();
    assert.match(await shown.getByRole('img').getAttribute('src'), /^blob:/);
    assert.deepEqual(asked[0].postDataJSON(), { url: ADDRESS });
    assert.equal(asked[0].headers()['x-flowgpt-ui'], '1');
    assert.ok(await shown.evaluate((it) => it === document.activeElement));
    assert.deepEqual(await violations(page, 'loaded picture', [390]), []);

    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('img', { name: 'a chart' }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    assert.match((await download).suggestedFilename(), /^a chart/);
    assert.equal(asked.length, 1);
  }));

test('what the gateway refuses is told in place, with the link and another try', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await say(page, 'simulate:echo ![x](http://127.0.0.1:9/p.png)');
    const button = lastAnswer(page).getByRole('button', { name: 'Load image from 127.0.0.1:9' });
    const refused = page.waitForResponse('**/api/pictures');
    await button.click();
    const reply = await refused;
    assert.equal(reply.status(), 400);
    const { error } = await reply.json();
    const told = lastAnswer(page).getByRole('alert');
    await told.getByText('The image could not be loaded.').waitFor();
    assert.ok((await told.innerText()).includes(error.message));
    const link = told.getByRole('link', { name: 'Open the image on 127.0.0.1:9' });
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.deepEqual((await link.getAttribute('rel')).split(' ').sort(), ['nofollow', 'noopener', 'noreferrer']);
    await button.waitFor();
  }));
