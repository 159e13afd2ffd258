// Answers that take their time: stopped, left, dropped and taken up again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastAnswer, onPage, openChat, useWorld } from './support/world.mjs';

useWorld('every:35ms');

async function begin(page, text) {
  await page.fill('#composer', text);
  await page.keyboard.press('Enter');
  await page.locator('.answer .prose p').first().waitFor();
}

const isOver = (page) => page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached' });

test('a stopped answer keeps its text and can be gone on from', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await begin(page, 'simulate:long');
    await page.getByRole('button', { name: 'Stop' }).click();
    await lastAnswer(page).getByText('Stopped').waitFor();
    assert.ok((await lastAnswer(page).locator('.prose').innerText()).length > 0);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.question', { hasText: 'Continue' }).waitFor();
    await isOver(page);
    assert.equal(await page.locator('.answer').count(), 2);
  }));

test('Escape stops', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await begin(page, 'simulate:long');
    await page.keyboard.press('Escape');
    await lastAnswer(page).getByText('Stopped').waitFor();
  }));

test('after a reload in mid-answer the answer goes on, to the same text', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await begin(page, 'simulate:long');
    await page.reload();
    await page.locator('.answer[aria-busy=true]').waitFor();
    await isOver(page);
    const text = await lastAnswer(page).locator('.prose').innerText();
    await page.reload();
    await page.locator('.answer .prose p').first().waitFor();
    assert.equal(await lastAnswer(page).locator('.prose').innerText(), text);
    assert.ok(text.length > 4000);
  }));

test('a dropped connection is taken up again by itself', () =>
  onPage({}, async (page) => {
    await openChat(page);
    let cut = 0;
    await page.route('**/v1/responses', async (route) => {
      // Only the beginning arrives, as when the network goes away.
      const reply = await route.fetch();
      const body = (await reply.text()).split('\n\n').slice(0, 12).join('\n\n') + '\n\n';
      cut += 1;
      await route.fulfill({ response: reply, body });
    });
    await begin(page, 'simulate:long');
    await isOver(page);
    assert.equal(cut, 1);
    assert.ok((await lastAnswer(page).locator('.prose').innerText()).length > 4000);
  }));

test('a connection that stays away leaves the text, and a way to resume', () =>
  onPage({}, async (page) => {
    await openChat(page);
    let isAway = true;
    await page.route('**/v1/responses', async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, body: (await reply.text()).split('\n\n').slice(0, 12).join('\n\n') + '\n\n' });
    });
    await page.route('**/v1/responses/*stream=true*', (route) => (isAway ? route.abort() : route.continue()));
    await page.fill('#composer', 'simulate:long');
    await page.keyboard.press('Enter');
    await page.getByText('The connection was lost. What has come is kept.').waitFor({ timeout: 20_000 });
    isAway = false;
    await page.getByRole('button', { name: 'Resume' }).click();
    await isOver(page);
    assert.ok((await lastAnswer(page).locator('.prose').innerText()).length > 4000);
  }));

test('whoever reads further up is left in peace', () =>
  onPage({ height: 500, reducedMotion: 'no-preference' }, async (page) => {
    await openChat(page);
    await begin(page, 'simulate:long');
    const box = page.getByRole('region', { name: 'Conversation' });
    await page.waitForFunction(() => document.querySelector('.box').scrollTop > 500);
    await box.hover();
    await page.mouse.wheel(0, -300);
    await page.getByRole('button', { name: /To the newest text, There is new text/ }).waitFor();
    const before = await box.evaluate((it) => it.scrollTop);
    await isOver(page);
    const after = await box.evaluate((it) => it.scrollTop);
    assert.ok(Math.abs(after - before) <= 1, `${before} became ${after}`);
    await page.getByRole('button', { name: /To the newest text/ }).click();
    await page.getByRole('button', { name: /To the newest text/ }).waitFor({ state: 'detached' });
  }));

test('another chat can be looked at while one is answered', () =>
  onPage({}, async (page) => {
    await openChat(page);
    await begin(page, 'simulate:long');
    const address = page.url();
    await page.keyboard.press('Control+Shift+O');
    await page.getByRole('heading', { name: 'What is on your mind today?' }).waitFor();
    await page.locator('nav').getByRole('link', { name: 'simulate:long' }).first().click();
    assert.equal(page.url(), address);
    await page.locator('.answer .prose p').first().waitFor();
    await isOver(page);
    assert.ok((await lastAnswer(page).locator('.prose').innerText()).length > 4000);
  }));
