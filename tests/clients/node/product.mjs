// The product as a running program: start it, speak to it, stop it. Knows the one
// line that `flowgpt demo --json` prints and the simulator's own address, and
// nothing of the tests. The binary is named by FLOWGPT_BIN.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import OpenAI from 'openai';

const DEADLINE_MS = 20_000;
const POLL_MS = 20;

/** Starts a gateway with a simulator behind it, in a folder of their own. */
export async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'flowgpt-'));
  const child = spawn(
    process.env.FLOWGPT_BIN,
    ['demo', '--no-samples', '--port', '0', '--pace', 'instant', '--json'],
    {
      cwd: folder,
      env: { HOME: folder, PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  const addresses = JSON.parse(await firstLine(child));
  return new Product(addresses, async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    await ended;
    clearTimeout(late);
    await rm(folder, { recursive: true, force: true });
  });
}

class Product {
  constructor(addresses, stop) {
    this.addresses = addresses;
    this.stop = stop;
  }

  client(options = {}) {
    return new OpenAI({
      apiKey: this.addresses.api_key,
      baseURL: this.addresses.base_url,
      maxRetries: 0,
      timeout: DEADLINE_MS,
      ...options,
    });
  }

  /** How many answers the simulator is still sending to the gateway. */
  async openStreams() {
    const response = await fetch(`${this.addresses.simulator_url}/simulator/open_streams`);
    return (await response.json()).open_streams;
  }

  async waitForOpenStreams(wanted) {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const count = await this.openStreams();
      if (count === wanted) return;
      if (Date.now() > deadline) throw new Error(`${count} streams are open, not ${wanted}`);
      await pause(POLL_MS);
    }
  }
}

/** Reads the first line; a product that stays silent is killed, which ends the read. */
async function firstLine(child) {
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const lines = createInterface({ input: child.stdout });
  try {
    for await (const line of lines) return line;
  } finally {
    clearTimeout(timer);
    child.stdout.resume();
  }
  throw new Error('flowgpt demo printed no line');
}
