// Pictures of the main views in both languages and themes, on a desk and on a phone, into `screenshots/`, after a
// build: `FLOWGPT_BIN=… npm run screenshots`, with parts of names to take only some: `… -- chat zh-dark`.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openPage, startBrowser } from '../e2e/support/browser.mjs';
import { servePages } from '../e2e/support/front.mjs';
import { startGateway } from '../e2e/support/gateway.mjs';
import { fillChats, fillDemo, signIn } from './screenshot-demo.mjs';
import { openViews, views } from './screenshot-views.mjs';

const FOLDER = fileURLToPath(new URL('../screenshots/', import.meta.url));
const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844, isTouch: true },
];
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.every((part) => name.includes(part));

async function take(page, world, look, all) {
  for (const [name, show] of Object.entries(all)) {
    const file = `${name}-${look.locale}-${look.theme}-${look.width}.png`;
    if (!isWanted(file)) continue;
    try {
      await show(page, world);
      await page.evaluate(() => document.fonts.ready);
      // What was scrolled into view is painted a frame or two later.
      await page.waitForTimeout(150);
      await page.screenshot({ path: FOLDER + file });
      console.log(file);
    } catch (error) {
      console.error(`${file}: ${error.message.split('\n')[0]}`);
      process.exitCode = 1;
    }
  }
}

async function takeAll(world, look) {
  const { page, context, faults, close } = await openPage(world.browser, look);
  await take(page, world, look, openViews);
  await signIn(context, world);
  await fillChats(context, world, look.locale);
  await take(page, world, look, views);
  for (const fault of faults) console.error(`${look.locale} ${look.theme} ${look.width}: ${fault}`);
  await close();
}

mkdirSync(FOLDER, { recursive: true });
const gateway = await startGateway('instant');
const front = await servePages(gateway.url);
const browser = await startBrowser();
try {
  await fillDemo(gateway);
  for (const locale of ['en', 'zh']) {
    for (const theme of ['light', 'dark']) {
      for (const size of SIZES) await takeAll({ url: front.url, key: gateway.key, browser }, { locale, theme, ...size });
    }
  }
} finally {
  await browser.close();
  front.stop();
  gateway.stop();
}
