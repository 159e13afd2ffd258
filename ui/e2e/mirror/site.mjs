// The fixture's layouts, built once for all files of tests and again when their sources change, and the mirror's rules
// for the hosts they use. `OFFICIAL_SITE` names a folder of layouts that is there already.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const fixture = fileURLToPath(new URL('../../fixtures/official', import.meta.url));
const builtin = fileURLToPath(new URL('../../../crates/rewrite/mirror-rules.toml', import.meta.url));

async function digest() {
  const names = await readdir(fixture, { recursive: true });
  const sources = names.filter((name) => /^(app\/|[^/]*\.(mjs|js|json)$)/.test(name) && /\.\w+$/.test(name));
  const hash = createHash('sha256');
  for (const name of sources.sort()) hash.update(name).update(await readFile(join(fixture, name)));
  return hash.digest('hex').slice(0, 16);
}

/** The folder with the layouts. */
export async function site() {
  if (process.env.OFFICIAL_SITE) return process.env.OFFICIAL_SITE;
  const cache = join(fixture, 'node_modules/.cache');
  const folder = join(cache, `site-${await digest()}`);
  if (existsSync(folder)) return folder;
  const run = promisify(execFile);
  if (!existsSync(join(fixture, 'node_modules/@react-router/dev'))) {
    await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'], { cwd: fixture });
  }
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'site-'));
  await run(process.execPath, [join(fixture, 'build.mjs'), work]);
  await rename(work, folder).catch(() => rm(work, { recursive: true, force: true }));
  return folder;
}

const HOSTS = [
  ['chatgpt.test', 'main'],
  ['cdn.oaistatic.test', 'asset', 'http://cdn.oaistatic.test'],
  ['ws.chatgpt.test', 'socket', 'http://ws.chatgpt.test'],
  ['browser-intake.datadog.test', 'telemetry'],
];

/** The rules that are built in, with the hosts of the fixture, and its stream of events among the calls. */
export async function rules() {
  const text = await readFile(builtin, 'utf8');
  const hosts = HOSTS.map(([name, kind, origin]) => `[[host]]\nname = "${name}"\nkind = "${kind}"\n${origin ? `origin = "${origin}"\n` : ''}`);
  const [start, end] = [text.indexOf('[[host]]'), text.indexOf('[paths]')];
  const changed = `${text.slice(0, start)}${hosts.join('\n')}\n${text.slice(end)}`;
  return changed.replace('api = [', 'api = [\n  "/official/*",');
}
