// Many people on two accounts at once, for a while: nobody ever sees a word of anybody else's. MIRROR_SOAK_SECONDS says
// for how long; 600 by hand.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { checks, layout, open, say, turn, until, useWorld, visitor, world } from './world.mjs';

const SECONDS = Number(process.env.MIRROR_SOAK_SECONDS ?? 20);
const PEOPLE = 20;
const IN_BROWSERS = 2;

useWorld({ accounts: ['amy', 'ben'] }, () => layout('A'));

/** Those that a list shows, which is as long as a page asks for. */
const lately = (talks) => new Set(talks.slice(-28));

/** Somebody who asks as a page does, without being one. */
async function person(number) {
  const word = `mark-${number}-${randomBytes(6).toString('hex')}`;
  const reply = await fetch(`${world.url}/api/auth/signin?signin=seed-${number}`, {
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  });
  const cookie = reply.headers.getSetCookie().map((it) => it.split(';')[0]).join('; ');
  const ask = async (path, init) => {
    const answer = await fetch(world.url + path, { ...init, headers: { cookie, origin: world.url, ...init?.headers } });
    return { status: answer.status, text: await answer.text() };
  };
  const session = JSON.parse((await ask('/api/auth/session')).text);
  return { word, ask, email: session.user.email, id: session.user.id, talks: [] };
}

/** One round: a page, a message, and all that was said so far. */
async function round({ word, ask, email, talks }) {
  const bodies = [];
  const asked = async (path, init) => {
    const reply = await ask(path, init);
    assert.equal(reply.status, 200, `${path}: ${reply.text.slice(0, 300)}`);
    bodies.push(reply.text);
    return reply.text;
  };
  assert.ok((await asked('/')).includes(email), 'a page is for whoever asks');
  assert.ok((await asked('/_root.data')).includes(email));
  assert.ok((await asked('/backend-api/me')).includes(email));
  const answer = await asked('/backend-api/conversation', turn(`simulate:echo ${word} ${talks.length}`));
  assert.ok(answer.includes(word.slice(0, 6)) && answer.includes('[DONE]'));
  talks.push(/"conversation_id": ?"([^"]+)"/.exec(answer)[1]);
  assert.ok((await asked(`/backend-api/conversation/${talks.at(-1)}`)).includes(`${word} ${talks.length - 1}`));
  const { items } = JSON.parse(await asked('/backend-api/conversations?offset=0&limit=28'));
  assert.deepEqual(new Set(items.map((it) => it.id)), lately(talks));
  return bodies;
}

/** The same in a browser. */
async function pageRound(who, talks) {
  await open(who);
  await until(who.page, () => window.__checks.conversations && window.__checks.models);
  const answer = await say(who.page, `simulate:echo ${who.word} ${talks.length}`);
  assert.equal(answer.text, `${who.word} ${talks.length}`);
  talks.push(answer.conversation);
  await until(who.page, (id) => window.__checks.conversations.some((it) => it.id === id), answer.conversation);
  const { conversations, mismatches, identity } = await checks(who.page);
  assert.deepEqual(new Set(conversations.map((it) => it.id)), lately(talks));
  assert.deepEqual(mismatches, []);
  return [identity.email, await who.page.content()];
}

test(`M38 ${PEOPLE} people on two accounts do not meet in ${SECONDS} s`, async (context) => {
  const people = [];
  for (let number = IN_BROWSERS; number < PEOPLE; number += 1) people.push(await person(number));
  const pages = [];
  for (let number = 0; number < IN_BROWSERS; number += 1) {
    const who = await visitor(`seed-${number}`);
    const word = `mark-${number}-${randomBytes(6).toString('hex')}`;
    const { user } = JSON.parse(await (await who.page.request.get(`${world.url}/api/auth/session`)).text());
    pages.push({ ...who, word, email: user.email, id: user.id });
  }
  const all = [...people, ...pages];
  assert.equal(new Set(all.map((it) => it.id)).size, PEOPLE);
  const end = Date.now() + SECONDS * 1000;
  const strangers = (self) => all.filter((it) => it !== self).flatMap((it) => [it.word, it.email, it.id]);
  let [rounds, bodies] = [0, 0];
  const go = async (self, play) => {
    const foreign = [...strangers(self), 'amy@simulator.example', 'ben@simulator.example'];
    do {
      for (const text of await play()) {
        const met = foreign.filter((word) => text.includes(word));
        assert.deepEqual(met, [], `${self.word} met somebody`);
        bodies += 1;
      }
      rounds += 1;
    } while (Date.now() < end);
  };
  await Promise.all([
    ...people.map((self) => go(self, () => round(self))),
    ...pages.map((self) => {
      const talks = [];
      return go(self, () => pageRound(self, talks));
    }),
  ]);
  const tokens = new Set(world.log.filter((it) => it.path === '/backend-api/conversation' || it.path === '/backend-api/f/conversation').map((it) => it.headers.authorization));
  assert.equal(tokens.size, 2, 'both accounts were asked');
  assert.ok(rounds >= PEOPLE && bodies > rounds);
  context.diagnostic(`${rounds} rounds, ${bodies} bodies, ${world.log.length} requests upstream`);
});
