// Tells when the gateway serves newer pages than these. Looked at when the person comes back to the tab or goes to
// another page, at most every few minutes, and never while an answer comes.
const MINUTES = 5;

let last = Date.now();

/** The script of the page, whose name changes with every build. */
function entryOf(html: string): string | undefined {
  return /<script type="module"[^>]* src="([^"]+)"/.exec(html)?.[1];
}

export async function isOutdated(isBusy: boolean): Promise<boolean> {
  if (isBusy || Date.now() - last < MINUTES * 60_000) return false;
  last = Date.now();
  const own = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src');
  try {
    const reply = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    const served = reply.ok ? entryOf(await reply.text()) : undefined;
    return served !== undefined && own !== undefined && served !== own;
  } catch {
    return false;
  }
}

/** A piece of an older build that is gone by now: the page has to be loaded anew, once. */
export function reloadWhenPiecesAreGone(): void {
  addEventListener('vite:preloadError', (event) => {
    const mark = 'flowgpt.reloaded';
    if (sessionStorage.getItem(mark) === location.href) return;
    sessionStorage.setItem(mark, location.href);
    event.preventDefault();
    location.reload();
  });
}
