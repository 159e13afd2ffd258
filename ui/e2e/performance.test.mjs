// A long answer that comes fast leaves the page smooth. The figures are printed with their budgets, and a generous
// multiple of a budget fails; on a busy machine only the time of the scripts does, for other work does not count into it.
import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { test } from 'node:test';
import { onPage, openChat, useWorld } from './support/world.mjs';

// A word every millisecond or two, of eight characters or so: some 3,000 characters a second.
useWorld('every:1ms');

const LENGTH = 31_000;
const BUDGETS = { longTasks: 3, frameMs: 34, scriptSeconds: 3 };
const GENEROUS = 3;

const PART = `## Considerations concerning performance

Representative paragraphs contain **emphasised observations**, occasional \`configuration\`, [references](https://a.example/) and $x^2 + y^2$ throughout, sufficiently extensive for wrapping repeatedly across typically-sized conversations, comparable with ordinarily generated explanations.

- introductory considerations, accompanied by supplementary explanations
- complementary considerations, which are *appropriately emphasised*

| characteristic | measurement |
|---|--:|
| responsiveness | 1 |
| predictability | 2 |

\`\`\`js
function calculateCombination(firstOperand, secondOperand) {
  return firstOperand + secondOperand; // arithmetically straightforward
}
\`\`\`

`;

function watchFrames() {
  const seen = { longTasks: 0, frames: [], isOver: false };
  globalThis.seen = seen;
  new PerformanceObserver((list) => (seen.longTasks += list.getEntries().length)).observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => {
    seen.frames.push(now - last);
    last = now;
    if (!seen.isOver) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

test('an answer of 31,000 characters that comes fast leaves the page smooth', () =>
  onPage({ reducedMotion: 'no-preference' }, async (page, context) => {
    await openChat(page);
    const text = PART.repeat(Math.ceil(LENGTH / PART.length)).slice(0, LENGTH);
    await page.fill('#composer', `simulate:echo ${text}`);
    const client = await context.newCDPSession(page);
    // The processor's time, not the clock's.
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const scriptSeconds = async () => {
      const { metrics } = await client.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'ScriptDuration').value;
    };
    await page.keyboard.press('Enter');
    await page.locator('.answer .prose p').first().waitFor();
    const [scriptBefore, began] = [await scriptSeconds(), Date.now()];
    await page.evaluate(watchFrames);
    await page.locator('.answer[aria-busy=true]').waitFor({ state: 'detached', timeout: 120_000 });
    const seconds = (Date.now() - began) / 1000;
    const { longTasks, frames } = await page.evaluate(() => {
      globalThis.seen.isOver = true;
      return globalThis.seen;
    });
    const figures = {
      longTasks,
      frameMs: frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.95)],
      scriptSeconds: (await scriptSeconds()) - scriptBefore,
    };
    const shown = Object.entries(BUDGETS).map(([name, budget]) => `${name} ${+figures[name].toFixed(1)} of ${budget}`);
    const [load] = loadavg();
    console.log(`${LENGTH} characters, ${Math.round(LENGTH / seconds)} a second, load ${load.toFixed(1)}: ${shown.join(', ')}`);
    const isBusy = load > availableParallelism();
    const over = Object.entries(BUDGETS).filter(([name, budget]) => figures[name] > budget * GENEROUS && (!isBusy || name === 'scriptSeconds'));
    assert.deepEqual(over, []);
  }));
