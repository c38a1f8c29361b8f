// Starts what the workbench needs: a Loki with demo logs and the plugin host with the page; ends with it.
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
export async function run(program, args, env = {}) {
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

/** Starts a server that prints its address first and that ends with its stdin. */
async function start(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: repo,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said = (said + data).slice(-4000)));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => undefined)]);
  if (!first) {
    throw new Error(`${program} did not start: ${said}`);
  }
  lines.on('line', () => undefined);
  const stop = async () => {
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    }
  };
  return { address: first[0], stop };
}

async function need(file, how) {
  try {
    await access(file);
  } catch {
    throw new Error(`${path.relative(repo, file)} is missing: ${how}`);
  }
}

/** Where cargo has put this profile's programs. */
const built = (profile) => path.join(repo, 'target', profile);

/**
 * Starts everything and says where. `profile` is cargo's folder of the two programs, `layout` says where
 * the logs have their ids, `live` goes on writing logs, `addr` fixes the address.
 */
export async function serve({
  profile = 'release',
  backfill = '1h',
  layout = '',
  live = false,
  addr = '127.0.0.1:0',
} = {}) {
  const plugin = path.join(built(profile), 'gpx_ginkgo');
  const ginkgo = path.join(built(profile), 'ginkgo');
  const front = path.join(repo, 'frontend/dist');
  await need(plugin, `cargo build${profile === 'release' ? ' --release' : ''}`);
  await need(path.join(front, 'module.js'), 'npm --prefix frontend run build');
  await need(path.join(here, 'dist/index.html'), 'npm --prefix frontend run workbench');

  const running = [];
  const stop = async () => {
    for (const each of running.reverse()) {
      await each.stop();
    }
  };
  try {
    let loki = process.env.GINKGO_LOKI_URL;
    if (!loki) {
      const own = await start('scripts/loki.sh', ['run', '--until-eof']);
      running.push(own);
      loki = own.address;
    }
    const env = { GINKGO_LOKI_URL: loki };
    const where = layout ? ['--layout', layout] : [];
    const said = backfill ? await run(ginkgo, ['demo', '--backfill', backfill, ...where, '--once'], env) : '';
    if (live) {
      running.push(writer(ginkgo, env));
    }
    const host = await start(await run('scripts/host.sh', ['path']), [
      ...['--plugin', plugin, '--addr', addr, '--plugin-log', '/dev/null', '--until-eof'],
      ...['--static', `/=${path.join(here, 'dist')}`],
      ...['--static', `/public/plugins/${pluginId}/=${front}`],
      ...['--static', `/public/plugins/${pluginId}/img/=${path.join(repo, 'img')}`],
    ]);
    running.push(host);
    const ids = Object.fromEntries([...said.matchAll(/--(\w+) (\S+)$/gm)].map(([, kind, id]) => [kind, id]));
    await put(host.address, loki);
    return { address: host.address, loki, ids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Goes on writing live logs. */
function writer(ginkgo, env) {
  const child = spawn(ginkgo, ['demo'], { env: { ...process.env, ...env }, stdio: 'ignore' });
  return {
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** Gives the host the data source that the page opens. */
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const logs = process.env.GINKGO_WORKBENCH_LOGS !== 'off';
  const { address, loki, stop } = await serve({
    profile: process.env.GINKGO_PROFILE ?? 'release',
    backfill: logs ? '1h' : '',
    live: logs,
    addr: process.env.GINKGO_WORKBENCH_ADDR ?? '127.0.0.1:0',
  });
  console.log(`Loki:      ${loki}`);
  console.log(`Workbench: ${address}`);
  console.log(logs ? 'Live logs are being written; stop with ctrl-c.' : 'Stop with ctrl-c.');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
}
