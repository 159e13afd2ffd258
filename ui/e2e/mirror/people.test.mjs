// Two people on one account: what one of them has is not there for the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './between.mjs';
import { ask, checks, layout, open, say, turn, until, useWorld, visitor, world } from './world.mjs';

let alice;
let bob;
let talk;

useWorld({}, async () => {
  await layout('A');
  [alice, bob] = [await visitor('alice'), await visitor('bob')];
  await open(alice);
  talk = (await say(alice.page, 'The secret of alice is a heron')).conversation;
  await open(bob);
  await until(bob.page, () => window.__checks.models && window.__checks.conversations);
});

const post = (body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** Asks as somebody, and what upstream was asked meanwhile. */
async function asked(who, path, init) {
  const before = world.log.length;
  const reply = await ask(who.page, path, init);
  return { ...reply, upstream: world.log.slice(before).map((it) => `${it.method} ${it.path}`) };
}

test('M19 each sees their own conversations and is somebody else', async () => {
  await until(alice.page, (id) => window.__checks.conversations.some((it) => it.id === id), talk);
  const [hers, his] = [await checks(alice.page), await checks(bob.page)];
  assert.deepEqual(his.conversations, []);
  assert.notEqual(hers.identity.email, his.identity.email);
  await say(bob.page, 'The secret of bob is a crane');
  await until(bob.page, () => window.__checks.conversations.length > 0);
  const lists = await Promise.all([alice, bob].map((who) => ask(who.page, '/backend-api/conversations?offset=0&limit=28')));
  const ids = lists.map(({ text }) => JSON.parse(text).items.map((it) => it.id));
  assert.deepEqual([ids[0].length, ids[1].length], [1, 1]);
  assert.equal(ids[0][0], talk);
  assert.notEqual(ids[1][0], talk);
  const bodies = await Promise.all(bob.seen.replies.map((reply) => reply.text().catch(() => '')));
  assert.ok(bodies.some((text) => text.includes('crane')) && !bodies.some((text) => text.includes('heron') || text.includes(talk)));
});

/** A file of alice's, sent up by her page. */
async function upload() {
  const words = 'The file of alice says heron';
  const announced = await ask(alice.page, '/backend-api/files', post({ file_name: 'heron.txt', file_size: words.length, use_case: 'my_files' }));
  const { file_id: id, upload_url: url } = JSON.parse(announced.text);
  assert.ok(url.startsWith(`${world.url}/`), url);
  assert.equal((await ask(alice.page, url, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: words })).status, 201);
  assert.equal((await ask(alice.page, `/backend-api/files/${id}/uploaded`, post({}))).status, 200);
  return { id, words };
}

test('M31 what is somebody else’s is not there, and upstream is not asked', async () => {
  // A page that asks nothing by itself.
  await bob.page.goto(`${world.url}/api/auth/session`);
  const { id: file, words } = await upload();
  const one = `/backend-api/conversation/${talk}`;
  const share = { conversation_id: talk, current_node_id: JSON.parse((await ask(alice.page, one)).text).current_node, is_anonymous: true };
  const patch = (body) => ({ ...post(body), method: 'PATCH' });
  const attempts = [
    [one],
    [`/backend-api/conversations/${talk}`],
    [`${one}/textdocs`],
    [`${one}/stream_status`],
    [one, patch({ title: 'bob was here' })],
    [one, patch({ is_visible: false })],
    [one, patch({ is_archived: true })],
    [`/backend-api/conversation/gen_title/${talk}`, post({ message_id: share.current_node_id })],
    ['/backend-api/share/create', post(share)],
    [`/backend-api/files/${file}/download`],
    [`/backend-api/files/${file}`],
    [`/backend-api/files/download/${file}?inline=false`],
    [`${one}/attachment/${file}/download`],
    [`${one}/interpreter/download?message_id=${share.current_node_id}&sandbox_path=%2Fmnt%2Fdata%2Fa`],
    ['/backend-api/conversation', { ...turn('And then?'), body: JSON.stringify({ ...JSON.parse(turn('And then?').body), conversation_id: talk, parent_message_id: share.current_node_id }) }],
    [`/c/${talk}`],
    [`/C/${talk}`],
    [`/%63/${talk}`],
    [`/c/${talk}.data`],
    [`/g/g-abcdefgh/c/${talk}`],
    ['/g/g-p-0123456789abcdef/project'],
  ];
  for (const [path, init] of attempts) {
    const { status, text, upstream } = await asked(bob, path, init);
    assert.deepEqual({ path, status, upstream }, { path, status: 404, upstream: [] });
    assert.ok(!text.includes('heron'), path);
  }
  const unknown = await asked(bob, '/c/0b0b0b0b-0000-4000-8000-000000000000');
  assert.deepEqual([unknown.status, unknown.upstream], [404, []]);
  // And is there for alice.
  const link = JSON.parse((await ask(alice.page, `/backend-api/files/${file}/download`)).text).download_url;
  assert.ok(link.startsWith(`${world.url}/`), link);
  assert.equal((await ask(alice.page, link)).text, words);
  assert.equal((await ask(bob.page, link)).status, 404);
  assert.equal((await ask(alice.page, `/c/${talk}.data`)).status, 200);
  assert.equal((await ask(alice.page, one, patch({ title: 'Renamed' }))).status, 200);
  assert.equal(JSON.parse((await ask(alice.page, one)).text).title, 'Renamed');
  assert.equal((await ask(alice.page, '/backend-api/share/create', post(share))).status, 200);
});

test('M31 what belongs to the account itself is refused', async () => {
  for (const [path, init] of [
    ['/backend-api/accounts/deactivate', post({})],
    ['/backend-api/conversations', { ...post({ is_visible: false }), method: 'PATCH' }],
    ['/backend-api/settings/account_user_setting?feature=x&value=true', { method: 'PATCH' }],
    ['/backend-api/projects'],
  ]) {
    const { status, upstream } = await asked(bob, path, init);
    assert.deepEqual({ path, status, upstream }, { path, status: 403, upstream: [] });
  }
});

test('M32 what people write comes back to the byte', async () => {
  const text = [
    'simulate:echo ChatGPT and chatgpt, https://chatgpt.test/c/1, http://cdn.oaistatic.test/assets/a.js,',
    'https://chatgpt.com, "accessToken":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl" <script>fetch("/_h/")</script>',
    'sk-test-0000000000000000000000000000 amy@simulator.example user-69123ba324fd2ce24e980b79 é 中文 \u2028 \\u003c &amp; 🦆',
  ].join('\n');
  const { conversation, text: answer } = await say(alice.page, text);
  assert.equal(answer, text.slice('simulate:echo '.length));
  const before = world.log.length;
  const { text: mine } = await ask(alice.page, `/backend-api/conversation/${conversation}`);
  const said = Object.values(JSON.parse(mine).mapping).map((it) => it.message?.content.parts?.join(''));
  assert.ok(said.includes(text) && said.includes(answer));
  const theirs = textOf(world.log.slice(before).find((it) => it.path.endsWith(conversation)));
  const written = JSON.stringify(text).slice(1, -1);
  assert.ok(theirs.includes(written) && mine.includes(written));
  await open(alice, `/c/${conversation}`);
  await until(alice.page, () => window.__checks.conversation);
  assert.deepEqual((await checks(alice.page)).conversation.texts, [text, answer]);
});
