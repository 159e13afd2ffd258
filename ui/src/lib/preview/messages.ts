// What the page and the frame of a preview say to each other. The frame has no origin and no access to the page;
// what comes from it is never trusted to be more than this.
export type PreviewKind = 'diagram' | 'html' | 'svg';

export type ToFrame = { kind: PreviewKind; text: string; theme: 'light' | 'dark' };

export type FromFrame = { state: 'ready' } | { state: 'drawn'; height: number } | { state: 'failed' };

const LOWEST = 60;
const HIGHEST = 1200;

/** Reads a message of a frame, which may hold anything. */
export function fromFrame(data: unknown): FromFrame | undefined {
  if (typeof data !== 'object' || data === null || !('state' in data)) return undefined;
  if (data.state === 'ready' || data.state === 'failed') return { state: data.state };
  if (data.state !== 'drawn' || !('height' in data) || !Number.isFinite(data.height)) return undefined;
  return { state: 'drawn', height: Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(data.height as number))) };
}

/** What a block of code can be shown as, if anything. */
export function previewOf(language: string, text: string): PreviewKind | undefined {
  const name = language.toLowerCase();
  if (name === 'mermaid') return 'diagram';
  if (name === 'svg' || (name === 'xml' && /<svg[\s>]/.test(text))) return 'svg';
  if (name === 'html' || name === 'htm') return 'html';
  return undefined;
}
