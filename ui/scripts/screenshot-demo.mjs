// What the demo of the screenshots is filled with, through its APIs, and who is signed in on a page.
import { PASSWORD } from '../e2e/support/gateway.mjs';

const HEADERS = { 'content-type': 'application/json' };
const ADMIN = { ...HEADERS, authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}` };
const TITLES = {
  en: ['Explain the borrow checker', 'Polish weekly report', 'Retention query in SQL', 'Kyoto in five days', 'Compare vector databases', 'Async queues in Python'],
  zh: ['解释 Rust 的借用检查', '周报润色', '用 SQL 统计留存', '旅行计划：京都 5 天', '比较三种向量数据库', 'Python 异步队列'],
};
const ASKED = ['plain', 'markdown', 'long', 'reasoning', 'search', 'too-long', 'plain', 'code', 'model-not-found', 'plain'];

/** Requests of several kinds, and a key with a budget that is partly used. */
export async function fillDemo(gateway) {
  const admin = (path, body) => fetch(`${gateway.url}/admin/api${path}`, { method: 'POST', headers: ADMIN, body: JSON.stringify(body) });
  const made = await admin('/keys', { name: 'Weekly report', policy: { budgets: [{ period: 'day', requests: 20 }, { period: 'month', tokens: 40_000 }] } });
  const { key } = await made.json();
  for (const [index, name] of ASKED.entries()) {
    const authorization = `Bearer ${index % 2 === 0 ? key : gateway.key}`;
    const body = JSON.stringify({ model: 'auto', input: `simulate:${name}`, store: false });
    const reply = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', headers: { ...HEADERS, authorization }, body });
    await reply.text();
  }
}

/** Signs a browser in to the chat and to the admin. */
export async function signIn(context, { url, key }) {
  const headers = { 'x-flowgpt-ui': '1', origin: url };
  await context.request.post(`${url}/api/session`, { data: { code: key }, headers });
  await context.request.post(`${url}/admin/api/login`, { data: { password: PASSWORD }, headers });
}

/** The chats of a person who has been here before, in one language, instead of all there are. */
export async function fillChats(context, { url }, locale) {
  const headers = { 'x-flowgpt-ui': '1', origin: url };
  await removeChats(context, url, () => true);
  for (const title of TITLES[locale].toReversed()) {
    const made = await context.request.post(`${url}/api/chats`, { data: { model: 'auto' }, headers });
    const { id } = await made.json();
    await context.request.patch(`${url}/api/chats/${id}`, { data: { title }, headers });
  }
}

/** Removes the chats whose title `isOver` says yes to. */
export async function removeChats(context, url, isOver) {
  const headers = { 'x-flowgpt-ui': '1', origin: url };
  const { chats } = await (await context.request.get(`${url}/api/chats?limit=100`)).json();
  for (const chat of chats.filter((it) => isOver(it.title))) await context.request.delete(`${url}/api/chats/${chat.id}`, { headers });
}
