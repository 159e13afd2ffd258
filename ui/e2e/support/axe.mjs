// What axe finds wrong on a page, and whether it scrolls sideways, at the widths of a desk and of phones.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Every theme in every language. */
export const LOOKS = ['light', 'dark'].flatMap((theme) => ['en', 'zh'].map((locale) => ({ theme, locale })));
const WIDTHS = [1280, 390, 320];

const isAtRest = () => document.getAnimations().every((it) => it.playState !== 'running' || it.effect?.getTiming().iterations === Infinity);

async function resize(page, width) {
  await page.setViewportSize({ width, height: 800 });
  await page.waitForFunction(isAtRest);
}

async function sideways(page, name, width) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return over > 0 ? [`${name} at ${width} scrolls sideways by ${over}`] : [];
}

async function found(page, name, width) {
  const all = await page.evaluate(async (tags) => {
    const result = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return result.violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | ')}`);
  }, TAGS);
  return all.map((it) => `${name} at ${width}: ${it}`);
}

/** `widths` are all of them unless what is open does not outlive another. */
export async function violations(page, name, widths = WIDTHS) {
  const wrong = [];
  await page.evaluate(AXE);
  for (const width of widths) {
    await resize(page, width);
    wrong.push(...(await found(page, name, width)), ...(await sideways(page, name, width)));
  }
  await resize(page, 1280);
  return wrong;
}
