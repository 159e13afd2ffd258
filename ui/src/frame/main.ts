// Inside the frame of a preview: draws what the page sends. The frame is sandboxed, so that what runs here has no
// origin, no cookie and no way to the page; its policy lets nothing out.
import type { FromFrame, ToFrame } from '../lib/preview/messages.ts';

const tell = (message: FromFrame) => parent.postMessage(message, '*');

const tellHeight = () => tell({ state: 'drawn', height: document.documentElement.offsetHeight });

function dress(theme: ToFrame['theme']): void {
  document.documentElement.style.colorScheme = theme;
  Object.assign(document.body.style, { margin: '0', padding: '16px', display: 'grid', placeItems: 'center', overflowWrap: 'anywhere' });
}

/** A whole page takes the place of this one, under the same policy. */
function write(text: string): void {
  document.open();
  // Once: a page that is as high as its frame and some more would grow for ever.
  addEventListener('load', tellHeight, { once: true });
  document.write(/^\s*<!doctype/i.test(text) ? text : `<!doctype html>${text}`);
  document.close();
}

async function draw({ kind, text, theme }: ToFrame): Promise<void> {
  if (kind === 'html') return write(text);
  dress(theme);
  document.body.innerHTML = kind === 'svg' ? text : await (await import('./diagram.ts')).diagram(text, theme);
  const svg = document.body.querySelector<SVGElement>(':scope > svg');
  if (kind === 'svg' && svg) Object.assign(svg.style, { maxWidth: '100%', height: 'auto' });
  tellHeight();
  new ResizeObserver(tellHeight).observe(document.body);
}

addEventListener('message', (event) => {
  if (event.source !== parent) return;
  draw(event.data as ToFrame).catch(() => tell({ state: 'failed' }));
});
tell({ state: 'ready' });
