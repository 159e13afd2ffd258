// A browser, pages of it in a language, theme and width, and what must not happen on any of them.
import { chromium } from 'playwright-core';

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

/** @param {import('playwright-core').Browser} browser */
export async function openPage(browser, { locale = 'en', theme = 'light', width = 1280, height = 800, isTouch = false, reducedMotion = 'reduce', javaScript = true, serviceWorkers = 'block' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: locale === 'zh' ? 'zh-CN' : 'en-US',
    timezoneId: 'UTC',
    colorScheme: theme,
    reducedMotion,
    hasTouch: isTouch,
    javaScriptEnabled: javaScript,
    serviceWorkers,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  /** Errors of scripts, refusals by the policy, and requests that left the origin. */
  const faults = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(`console: ${text}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.hostname !== '127.0.0.1') faults.push(`left the origin: ${url.host}`);
  });
  return { page, context, faults, close: () => context.close() };
}
