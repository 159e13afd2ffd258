// Prints what each page loads first, compressed, and fails above its budget: `npm run budget` after a build.
// First load is the page, the scripts and styles it names, and the larger of the two languages.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url);
const KILOBYTE = 1024;
const BUDGETS = { 'index.html': 130, 'admin.html': 100 };
/** Loaded when first needed; each with its own budget. */
const LAZY = [
  { name: 'highlight.js', pattern: /^highlighter-.*\.js$/, budget: 40 },
  { name: 'KaTeX', pattern: /^katex-.*\.(js|css)$/, budget: 90 },
  { name: 'uPlot', pattern: /^(uPlot|plot)-.*\.(js|css)$/, budget: 26 },
];

const size = (path) => gzipSync(readFileSync(new URL(path, DIST)), { level: 9 }).length;
const shown = (bytes) => `${(bytes / KILOBYTE).toFixed(1).padStart(7)} KB`;
const assets = readdirSync(new URL('assets/', DIST));
let isOver = false;

function report(name, bytes, budget) {
  const over = bytes > budget * KILOBYTE;
  isOver ||= over;
  console.log(`${shown(bytes)} of ${String(budget).padStart(4)} KB  ${name}${over ? '  OVER' : ''}`);
}

for (const [page, budget] of Object.entries(BUDGETS)) {
  const html = readFileSync(new URL(page, DIST), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
  const entry = named.find((name) => /assets\/(index|admin)-.*\.js$/.test(name));
  const scripts = named.filter((name) => name.endsWith('.js')).map((name) => readFileSync(new URL(name, DIST), 'utf8'));
  const languages = assets.filter((name) => /^bundle-..-/.test(name) && scripts.some((text) => text.includes(name)));
  if (!entry || languages.length < 2) throw new Error(`${page} names no entry or no languages: build first`);
  const language = Math.max(...languages.map((name) => size(`assets/${name}`)));
  report(page, [page, ...new Set(named)].reduce((sum, name) => sum + size(name), language), budget);
}
const threads = assets.filter((file) => /^(Thread|Markdown)-.*\.(js|css)$/.test(file));
report('what draws a conversation, loaded beside the first paint', threads.reduce((sum, file) => sum + size(`assets/${file}`), 0), 50);
for (const { name, pattern, budget } of LAZY) {
  const files = assets.filter((file) => pattern.test(file));
  if (files.length > 0) report(name, files.reduce((sum, file) => sum + size(`assets/${file}`), 0), budget);
}
process.exitCode = isOver ? 1 : 0;
