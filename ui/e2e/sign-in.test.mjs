// Signing in and out by the pages that need no script, and what becomes of the code that was entered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, violations } from './support/axe.mjs';
import { PASSWORD } from './support/gateway.mjs';
import { openAdmin, openChat, onPage, signIn, useWorld, world } from './support/world.mjs';

useWorld('instant');

const code = (page) => page.getByLabel('Access code or token');
const submit = (page) => page.getByRole('button', { name: 'Sign in', exact: true });

test('whoever is not signed in is sent to sign in and comes back to where they were', () =>
  onPage({}, async (page) => {
    await page.goto(`${world.url}/archive`);
    await page.waitForURL('**/auth/login?next=%2Farchive');
    await code(page).fill(world.key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Archive' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/archive');
  }));

test('signing in works with scripts turned off', () =>
  onPage({ javaScript: false }, async (page) => {
    await page.goto(world.url);
    assert.equal(new URL(page.url()).pathname, '/auth/login');
    await code(page).fill(world.key);
    await submit(page).click();
    await page.waitForURL(`${world.url}/`);
    // Who is signed in, is not asked again.
    await page.goto(`${world.url}/auth/login`);
    assert.equal(page.url(), `${world.url}/`);
  }));

test('the code stands in no address, no history, no page and no storage', () =>
  onPage({}, async (page, context) => {
    const told = [];
    page.on('request', (request) => told.push(request.url(), request.headers()['referer'] ?? ''));
    page.on('framenavigated', (frame) => told.push(frame.url()));
    await page.goto(world.url);
    await code(page).fill(world.key);
    await submit(page).click();
    await page.locator('#composer').waitFor();
    await page.getByTitle('Account and settings').waitFor();
    told.push(await page.content(), JSON.stringify(await context.storageState({ indexedDB: true })));
    told.push(await page.evaluate(() => JSON.stringify([history.state, { ...localStorage }, { ...sessionStorage }, document.cookie])));
    await page.goBack();
    told.push(page.url(), await page.content());
    assert.deepEqual(told.filter((it) => it.includes(world.key)), []);
  }));

test('a link with the code after the # fills the field and leaves the address', () =>
  onPage({}, async (page) => {
    await page.goto(`${world.url}/auth/login#signin=${world.key}`);
    assert.equal(await code(page).inputValue(), world.key);
    assert.equal(await code(page).getAttribute('type'), 'password');
    assert.ok(!page.url().includes(world.key));
    await submit(page).click();
    await page.locator('#composer').waitFor();
  }));

test('the code is shown only while it is asked for', () =>
  onPage({}, async (page) => {
    await page.goto(`${world.url}/auth/login`);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    assert.equal(await code(page).getAttribute('type'), 'text');
    await page.getByRole('button', { name: 'Hide', exact: true }).click();
    assert.equal(await code(page).getAttribute('type'), 'password');
    await page.getByRole('button', { name: 'Show', exact: true }).waitFor();
  }));

for (const { theme, locale } of LOOKS) {
  test(`signing in and out is for everybody: ${theme}, ${locale}`, () =>
    onPage({ theme, locale }, async (page) => {
      const wrong = [];
      for (const [name, path] of [['sign-in', '/auth/login'], ['sign-out', '/auth/logout'], ['a link', `/api/auth/signin?signin=${world.key}`], ['nowhere', '/nowhere']]) {
        if (name === 'sign-out') await signIn(page);
        await page.goto(world.url + path);
        await page.locator('h1').waitFor();
        wrong.push(...(await violations(page, name)));
      }
      assert.deepEqual(wrong, []);
    }));
}

test('no script and no other site gets at the cookie', () =>
  onPage({}, async (page, context) => {
    await openChat(page);
    const cookie = (await context.cookies()).find(({ name }) => name === 'flowgpt_session');
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Lax', '/']);
    const days = ((cookie?.expires ?? 0) * 1000 - Date.now()) / 86_400_000;
    assert.ok(days > 1 && days <= 400, `${days} days`);
    assert.equal(await page.evaluate(() => document.cookie), '');
  }));

test('signing out asks, and asking alone signs nobody out', () =>
  onPage({}, async (page) => {
    await openChat(page, '/archive');
    await page.getByTitle('Account and settings').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign out?' }).waitFor();
    await page.getByRole('link', { name: 'Stay signed in' }).click();
    await page.getByRole('heading', { name: 'Archive' }).waitFor();
    for (const address of ['/auth/logout', '/api/auth/signout?signout=true']) {
      // As a picture of another site would ask.
      await page.request.get(world.url + address, { headers: { 'sec-fetch-site': 'cross-site' } });
      assert.equal((await page.request.get(`${world.url}/api/session`)).status(), 200);
    }
    await page.goto(`${world.url}/auth/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/auth/login');
    assert.equal((await page.request.get(`${world.url}/api/session`)).status(), 401);
  }));

test('nothing that another site asks for is done', () =>
  onPage({}, async (page) => {
    await signIn(page);
    await openAdmin(page);
    const description = await (await page.request.get(`${world.url}/admin/api/openapi.json`)).json();
    const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /post|put|patch|delete/.test(method))
        .map((method) => [method, path.replace(/\{\w+\}/g, '1')]),
    );
    assert.ok(routes.length > 25, `${routes.length} routes`);
    const chats = [['post', '/api/chats'], ['patch', '/api/chats/chat_1'], ['delete', '/api/chats/chat_1'], ['post', '/v1/responses']];
    chats.push(['post', '/api/session'], ['delete', '/api/session'], ['post', '/auth/login'], ['post', '/auth/logout']);
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const done = [];
    for (const [method, path] of [...routes, ...chats]) {
      const isForm = path.startsWith('/auth') || path.startsWith('/admin/tokens');
      const sent = isForm ? { form: { text: 'x', form: 'x' } } : { data: { password: PASSWORD, token: 'x', code: world.key } };
      const reply = await page.request.fetch(world.url + path, { method, headers, maxRedirects: 0, ...sent });
      if (reply.status() !== 403) done.push(`${method} ${path} ${reply.status()}`);
    }
    assert.deepEqual(done, []);
    assert.equal((await page.request.get(`${world.url}/api/session`)).status(), 200);
  }));

// The last one: whoever guesses has to wait, and all tests come from the same address.
for (const [locale, name, wrong, wait] of [
  ['en', 'Access code or token', /^That code does not work here\./, /^Too many tries\. Wait \d+ s\.$/],
  ['zh', '访问码或令牌', /^这个访问码在这里无效。/, /^尝试次数过多。请等待 \d+ 秒。$/],
]) {
  test(`wrong codes get one message, and more of them a wait, in ${locale}`, () =>
    onPage({ locale }, async (page) => {
      await page.goto(`${world.url}/auth/login`);
      const field = page.getByLabel(name);
      for (const guess of ['sk-wrong', 'sk-another', 'sk-and-another']) {
        await field.fill(guess);
        await field.press('Enter');
        const alert = page.getByRole('alert');
        await alert.waitFor();
        if (wait.test(await alert.innerText())) break;
        assert.match(await alert.innerText(), wrong);
        assert.ok(await field.evaluate((it) => it === document.activeElement && it.value === ''));
        assert.equal(await field.getAttribute('aria-describedby'), await alert.getAttribute('id'));
      }
      for (let tries = 0; tries < 3 && !wait.test(await page.getByRole('alert').innerText()); tries += 1) {
        await field.fill('sk-again');
        await Promise.all([page.waitForNavigation(), field.press('Enter')]);
      }
      assert.match(await page.getByRole('alert').innerText(), wait);
    }));
}
