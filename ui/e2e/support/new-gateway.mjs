// A gateway at its first start, without password and accounts, in front of a simulator; and a token of an account
// that the simulator knows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The first line of what a child writes that `wanted` finds something in. */
async function said(stream, wanted) {
  for await (const line of createInterface({ input: stream })) {
    const found = wanted(line);
    if (found) return found;
  }
  throw new Error('the program ended without saying it');
}

async function end(child) {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

export async function startNewGateway() {
  const program = process.env.FLOWGPT_BIN;
  if (!program) throw new Error('FLOWGPT_BIN has to name the program to test');
  const folder = mkdtempSync(join(tmpdir(), 'flowgpt-first-'));
  const simulator = spawn(program, ['simulate', '--port', '0', '--json', '--pace', 'instant', '--difficulty', 'none'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const known = await said(simulator.stdout, (line) => line.startsWith('{') && JSON.parse(line));
  const upstream = known.simulator_url;
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: folder,
    PORT: '0',
    AUTHORIZATION: 'sk-of-the-first-start',
    CHATGPT_BASE_URL: upstream,
    AUTH_BASE_URL: upstream,
  };
  const gateway = spawn(program, ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const link = await Promise.any([gateway.stdout, gateway.stderr].map((it) => said(it, (line) => /http\S+#token=\S+/.exec(line)?.[0])));
  const { origin, pathname, hash } = new URL(link);
  return {
    url: origin,
    link: pathname + hash,
    token: known.access_token,
    async stop() {
      await end(gateway);
      await end(simulator);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
