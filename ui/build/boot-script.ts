// Puts `src/boot/boot.js` into the head of each page as a file of its own with a hashed name: it has to run
// before the first paint, and the policy of our pages lets no inline script in.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const SOURCE = 'src/boot/boot.js';
const PLACE = '<!-- boot script -->';

export function bootScript(): Plugin {
  let path = `/${SOURCE}`;
  return {
    name: 'boot-script',
    apply: (_config, { command, isPreview }) => command === 'build' || !isPreview,
    buildStart() {
      if (this.meta.watchMode || process.env['VITEST']) return;
      const source = readFileSync(SOURCE, 'utf8');
      const digest = createHash('sha256').update(source).digest('base64url').slice(0, 8);
      const fileName = `assets/boot-${digest}.js`;
      this.emitFile({ type: 'asset', fileName, source });
      path = `/${fileName}`;
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace(PLACE, `<script src="${path}"></script>`),
    },
  };
}
