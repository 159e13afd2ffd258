// How the pages, the chat, the admin and the frame of previews, are built, served while developing, and tested.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { bootScript } from './build/boot-script.ts';
import { woff2Only } from './build/woff2-only.ts';

/** The gateway that answers while the pages are developed. It sees the host that the browser asked. */
const gateway = { target: process.env['FLOWGPT_URL'] ?? 'http://127.0.0.1:5005', ws: true };
const isPage = (path = '') => !/^\/admin\/(api|tokens)(\/|\?|$)/.test(path);

export default defineConfig({
  plugins: [svelte(), bootScript(), woff2Only()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    // Diagrams bring a KaTeX of their own otherwise.
    dedupe: ['katex', 'dompurify'],
    // Otherwise components are tested in the form they have on a server.
    conditions: process.env['VITEST'] ? ['browser'] : undefined,
  },
  server: {
    // The frame of previews has no origin.
    cors: { origin: [/^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/, 'null'] },
    proxy: {
      ...Object.fromEntries(['/api', '/v1', '/files', '/auth', '/docs'].map((path) => [path, gateway])),
      '/admin': { ...gateway, bypass: ({ url }) => (isPage(url) ? '/admin.html' : undefined) },
    },
  },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // The policy of our pages lets no `data:` font or script in.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: ['index.html', 'admin.html', 'frame.html'],
      output: {
        // What both pages use, in few files: many small ones compress worse.
        codeSplitting: {
          groups: [
            { name: 'svelte', test: /node_modules\/(svelte|esm-env|clsx|devalue)\//, priority: 2 },
            { name: 'shared', test: /src\/lib\/(api\/http|components\/(?!Modal|ConfirmDialog|Menu)|i18n\/(format|locale)|stores)/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
  },
});
