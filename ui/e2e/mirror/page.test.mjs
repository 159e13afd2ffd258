// The mirrored page in a browser: it comes alive as at home, and all it needs reaches it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, checks, layout, open, planted, say, until, useWorld, visitor, world } from './world.mjs';

let alice;
let first;

useWorld({}, async () => {
  await layout('A');
  alice = await visitor('alice');
  first = await open(alice);
  await until(alice.page, () => window.__checks.late && window.__checks.dynamic && window.__checks.models);
});

test('M1 the page is there, with the build that upstream has now', async () => {
  assert.equal(first.status(), 200);
  assert.equal(first.headers()['x-flow-mirror'], undefined);
  const { build, layout } = await checks(alice.page);
  assert.equal(layout, 'A');
  assert.equal(await alice.page.getAttribute('html', 'data-build'), build);
  if (process.env.MIRROR_PICTURE) await alice.page.screenshot({ path: process.env.MIRROR_PICTURE });
});

test('M2 it hydrates without a mismatch', async () => {
  const { hydrated, mismatches } = await checks(alice.page);
  assert.deepEqual({ hydrated, mismatches }, { hydrated: true, mismatches: [] });
});

test('M3 nothing on it fails and nothing is against its policy', async () => {
  const { errors } = await checks(alice.page);
  assert.deepEqual(errors, []);
});

test('M4 the inline script with a nonce runs, and one without does not', async () => {
  assert.equal((await checks(alice.page)).inline, true);
  const { page } = alice;
  const hasRun = await page.evaluate(() => {
    const script = document.createElement('script');
    script.setAttribute('onload', '');
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.__stranger = true">');
    return new Promise((done) => setTimeout(() => done(window.__stranger === true), 200));
  });
  assert.equal(hasRun, false);
  await page.evaluate(() => (window.__checks.errors = window.__checks.errors.filter((it) => !it.includes('script-src'))));
});

test('M5 the page, the session and the calls agree on who the visitor is', async () => {
  const { identity, statsigEmail, models } = await checks(alice.page);
  const { email, ...agree } = identity;
  assert.deepEqual(agree, { session: true, me: true, account: true });
  assert.equal(statsigEmail, email);
  assert.equal(await alice.page.textContent('[data-testid=email]'), email);
  assert.ok(models > 0);
});

test('M6 data that comes late arrives', async () => {
  const { late, identity } = await checks(alice.page);
  assert.equal(late, `Late for ${identity.email}`);
  assert.equal(await alice.page.textContent('[data-testid=late]'), late);
});

/** Where two values differ. */
function differences(one, other, path = '') {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    return Object.is(one, other) ? [] : [path];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], `${path}/${key}`));
}

test('M7 what says nothing of identity is as upstream has it', async () => {
  const mine = JSON.parse(await alice.page.textContent('#client-bootstrap'));
  const theirs = planted().bootstrap;
  assert.ok(Object.keys(mine).length > 40);
  const differ = new Set(differences(theirs, mine));
  const settings = [theirs, mine].map((it) => JSON.parse(it.statsigPayload));
  for (const place of differences(...settings)) {
    // A label of each setting names the account by its address.
    assert.match(place, /^\/user\/(userID|email)$|^\/dynamic_configs\/\d+\/value\/label$/);
  }
  const may = ['id', 'name', 'email', 'image', 'picture'].flatMap((key) => [`/user/${key}`, `/session/user/${key}`]);
  may.push('/session/account/id', '/session/accessToken', '/session/sessionToken', '/statsigPayload');
  assert.deepEqual([...differ].filter((it) => !may.includes(it)), []);
  assert.ok(differ.has('/user/email') && differ.has('/session/accessToken'));
  assert.equal((await checks(alice.page)).flag, true);
});

test('M8 a turn is answered whole', async () => {
  const answer = await say(alice.page, 'Tell me something long');
  assert.ok(answer.text.length > 20);
  assert.equal(await alice.page.textContent('[data-testid=answer]'), answer.text);
  await until(alice.page, (id) => window.__checks.conversations.some((it) => it.id === id), answer.conversation);
});

test('M9 its answer streams', async () => {
  const { chunks } = await checks(alice.page);
  const spread = chunks.at(-1).at - chunks[0].at;
  assert.ok(chunks.length > 5 && spread > 150, `${chunks.length} pieces in ${spread} ms`);
});

test('M10 a stream of events ticks, for somebody with an account of their own', async () => {
  const own = await visitor(world.tokens[0].access_token);
  await open(own);
  await until(own.page, () => window.__checks.events.length > 3);
  const { events } = await checks(own.page);
  const spread = events.at(-1).at - events[0].at;
  assert.ok(spread > 300, `${events.length} events in ${spread} ms`);
  assert.deepEqual(events.slice(0, 3).map((it) => JSON.parse(it.data).number), [0, 1, 2]);
  await own.close();
});

test('M11 a socket opens on the mirror’s own origin, and tells those who share an account what is theirs', async () => {
  const { page, seen } = alice;
  await until(page, () => window.__checks.socket.messages.length > 1);
  const { socket, errors } = await checks(page);
  assert.equal(socket.opened, true);
  const kinds = socket.messages.map((text) => JSON.parse(text)).map((it) => (it.type === 'reply' ? it.reply.type : it.type));
  assert.deepEqual(kinds.filter((it) => it !== 'message'), ['connect', 'subscribe']);
  assert.ok(!socket.messages.some((text) => text.includes('encoded_item') || text === 'an echo'));
  const [address, ...others] = seen.sockets;
  assert.deepEqual(others, []);
  assert.ok(address.startsWith(`ws://127.0.0.1:${world.mirrorPort}/backend-api/-/socket/`), address);
  assert.ok(!address.includes('verify') && !errors.some((it) => it.startsWith('live')));
  const opened = world.log.filter((it) => it.host === 'ws.chatgpt.test');
  assert.ok(opened.length > 0);
  for (const { headers } of opened) assert.deepEqual([headers.cookie, headers.authorization, headers.origin], [undefined, undefined, 'http://chatgpt.test']);
});

test('M11 with an account of one’s own it tells everything', async () => {
  const own = await visitor(world.tokens[0].access_token);
  await open(own);
  await until(own.page, () => window.__checks.socket.messages.length > 6);
  const { messages } = (await checks(own.page)).socket;
  assert.ok(messages.includes('an echo') && messages.some((text) => text.includes('encoded_item')));
  await own.close();
});

test('M12 code that is loaded later is', async () => {
  assert.equal((await checks(alice.page)).dynamic, 'loaded later for en-US');
});

test('M13 and M14 other pages are reached without loading anew: data of the server, and code found only then', async () => {
  const { page } = alice;
  const { answer, identity } = await checks(page);
  await page.evaluate(() => (window.__isSamePage = true));
  const asked = world.log.length;
  await page.click('text=Explore');
  await until(page, () => window.__checks.explore);
  assert.deepEqual((await checks(page)).explore, { shelves: 3, curator: identity.email });
  const since = world.log.slice(asked).map((it) => it.path);
  assert.ok(since.some((path) => path.startsWith('/explore.data')), since.join('\n'));
  assert.ok(alice.seen.requests.some((url) => /\(_lang\)/.test(decodeURI(url))));
  await page.click(`ul a[href="/c/${answer.conversation}"]`);
  await until(page, () => window.__checks.conversation);
  assert.equal((await checks(page)).conversation.texts.at(-1), answer.text);
  await page.click('text=New chat');
  await page.waitForSelector('textarea');
  assert.equal(await page.evaluate(() => window.__isSamePage), true);
});

test('M15 deep links open', async () => {
  const { answer } = await checks(alice.page);
  const reply = await open(alice, `/c/${answer.conversation}`);
  assert.equal(reply.status(), 200);
  await until(alice.page, () => window.__checks.conversation);
  assert.equal((await checks(alice.page)).conversation.texts.at(-1), answer.text);
  await open(alice, '/explore');
  assert.equal((await checks(alice.page)).explore.shelves, 3);
  assert.deepEqual((await checks(alice.page)).mismatches, []);
});

test('M16 pictures show', async () => {
  await open(alice);
  await until(alice.page, () => window.__checks.picture !== undefined && window.__checks.stylePicture !== undefined);
  const { picture, stylePicture } = await checks(alice.page);
  assert.deepEqual([picture, stylePicture], [32, 24]);
});

test('M17 the browser asks nobody but the mirror', async () => {
  const { page, seen } = alice;
  const hosts = new Set(seen.requests.map((url) => new URL(url)).filter((it) => it.protocol !== 'data:').map((it) => it.host));
  assert.deepEqual([...hosts], [`127.0.0.1:${world.mirrorPort}`]);
  assert.ok(seen.requests.length > 30);
  assert.deepEqual((await checks(page)).beacons, { own: true, foreign: true });
  const tried = await page.evaluate(() => fetch('https://elsewhere.example/').then(() => 'reached', () => 'refused'));
  assert.equal(tried, 'refused');
  assert.equal((await ask(page, '/ces/v1/t', { method: 'POST', body: '{}' })).status, 202);
  assert.deepEqual(world.log.filter((it) => it.path.startsWith('/ces') || it.host.includes('datadog')), []);
});
