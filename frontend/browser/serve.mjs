// What the tests need: a Loki with demo logs, and the page over it twice: under Grafana's own plugin client
// (tests/testbed/host), and behind the door of `ginkgo demo --serve`. All of it ends with the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const repo = path.resolve(here, '../..');
const pluginId = 'ginkgo-loki-datasource';

/** Runs a program to its end and fails with what it said. */
async function run(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: repo,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said || out}`);
  }
  return out.trim();
}

/** Starts a server that ends with its stdin, and waits until it prints its address, behind a word or alone. */
async function start(program, args, { env = {}, word = '' } = {}) {
  const child = spawn(program, args, {
    cwd: repo,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said = (said + data).slice(-4000)));
  const lines = createInterface({ input: child.stdout });
  const address = await new Promise((resolve, reject) => {
    lines.on('line', (line) => line.startsWith(word) && resolve(line.slice(word.length).trim()));
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${program} did not start: ${said}`)));
  });
  const stop = async () => {
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    }
  };
  return { address, stop };
}

async function need(file, how) {
  try {
    await access(file);
  } catch {
    throw new Error(`${path.relative(repo, file)} is missing: ${how}`);
  }
}

/** Where cargo has put this profile's programs. */
const built = (profile) => path.resolve(repo, process.env.CARGO_TARGET_DIR ?? 'target', profile);

/**
 * Starts everything and says where. `profile` is cargo's folder of the two programs, `layout` says where
 * the logs have their ids.
 */
export async function serve({ profile, layout }) {
  const plugin = path.join(built(profile), 'gpx_ginkgo');
  const ginkgo = path.join(built(profile), 'ginkgo');
  const front = path.join(repo, 'frontend/dist');
  const page = path.join(repo, 'frontend/workbench/dist');
  await need(plugin, 'cargo build');
  await need(ginkgo, 'cargo build --package ginkgo-cli');
  await need(path.join(front, 'module.js'), 'npm --prefix frontend run build');
  await need(path.join(page, 'index.html'), 'npm --prefix frontend run workbench');

  const running = [];
  const stop = async () => {
    for (const each of running.reverse()) {
      await each.stop();
    }
  };
  const begin = async (...server) => {
    const begun = await start(...server);
    running.push(begun);
    return begun.address;
  };
  try {
    const given = process.env.GINKGO_LOKI_URL;
    const loki = given || (await begin('scripts/loki.sh', ['run', '--until-eof']));
    const env = { GINKGO_LOKI_URL: loki };
    const said = await run(ginkgo, ['demo', '--backfill', '1h', '--layout', layout, '--once'], env);
    const host = await begin(await run('scripts/host.sh', ['path']), [
      ...['--plugin', plugin, '--plugin-log', '/dev/null', '--until-eof'],
      ...['--static', `/=${page}`],
      ...['--static', `/public/plugins/${pluginId}/=${front}`],
      ...['--static', `/public/plugins/${pluginId}/img/=${path.join(repo, 'img')}`],
    ]);
    await put(host, loki);
    const door = await begin(ginkgo, ['demo', '--serve', '--no-logs', '--until-eof'], {
      env,
      word: 'Workbench:',
    });
    const ids = Object.fromEntries([...said.matchAll(/--(\w+) (\S+)$/gm)].map(([, kind, id]) => [kind, id]));
    return { host, door, loki, ids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Gives the host the data source that the page opens; the door has it by itself. */
async function put(address, loki) {
  const answer = await fetch(`${address}/api/datasources/uid/ginkgo`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Ginkgo', url: loki, jsonData: { maxLines: 1000 } }),
  });
  if (!answer.ok) {
    throw new Error(`the host refused the data source: ${await answer.text()}`);
  }
}
