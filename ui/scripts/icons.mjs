// Draws the PNG icons from `public/icons/icon.svg`: `node scripts/icons.mjs`. Their files are committed.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const folder = new URL('../public/icons/', import.meta.url);
const svg = readFileSync(new URL('icon.svg', folder), 'utf8');
const icons = [
  { name: 'icon-192.png', size: 192, share: 1 },
  { name: 'icon-512.png', size: 512, share: 1 },
  { name: 'icon-maskable-512.png', size: 512, share: 0.72, ground: '#5f4dd0' },
  { name: 'apple-touch-icon.png', size: 180, share: 0.86, ground: '#5f4dd0' },
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const { name, size, share, ground } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const inner = Math.round(size * share);
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:${size}px;background:${ground ?? 'transparent'}">${svg.replace('<svg ', `<svg width="${inner}" height="${inner}" `)}</body>`,
  );
  await page.screenshot({ path: new URL(name, folder).pathname, omitBackground: !ground });
  await page.close();
}
await browser.close();
