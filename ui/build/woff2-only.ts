// Leaves the older font formats out of KaTeX's style sheet: every browser we build for reads woff2.
import type { Plugin } from 'vite';

const OLDER = /,url\([^)]+\) format\("(?:woff|truetype)"\)/g;

export function woff2Only(): Plugin {
  return {
    name: 'woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('katex') || !id.split('?')[0]?.endsWith('.css')) return undefined;
      return { code: code.replace(OLDER, ''), map: null };
    },
  };
}
