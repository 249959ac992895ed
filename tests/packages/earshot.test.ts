import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');

/**
 * Packs what `npm pack` would, with the dependencies inside, as no test may download anything; returns the file. The
 * build goes to a folder of its own: other tests build as well.
 */
async function packed(folder: string): Promise<string> {
  const source = path.join(folder, 'source');
  const manifest = JSON.parse(await read('package.json'));
  const { stdout: listed } = await run('npm', ['ls', '--all', '--omit=dev', '--parseable'], { cwd: root });
  const names = listed.split('\n').flatMap((line) => line.split('/node_modules/').slice(1, 2));
  const copies = ['bin', 'docs', 'packaging', 'README.md', ...names.map((name) => `node_modules/${name}`)];
  for (const name of copies)
    await cp(path.join(root, name), path.join(source, name), { recursive: true, dereference: true });
  await writeFile(
    path.join(source, 'package.json'),
    JSON.stringify({ ...manifest, bundleDependencies: true }),
  );
  const dist = path.join(source, 'dist');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json'), '--outDir', dist]);
  await run(process.execPath, [path.join(root, 'tools/man-page.ts'), path.join(dist, 'earshot.1')]);
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    {
      cwd: source,
    },
  );
  return path.join(folder, stdout.trim());
}

/** Starts `command`; resolves with the first line that `sign` matches. */
async function started(
  context: TestContext,
  command: string,
  args: readonly string[],
  sign: RegExp,
  env: NodeJS.ProcessEnv,
) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) {
    const found = sign.exec(line);
    if (found === null) continue;
    // Nobody reads the rest, which the end of the process waits for.
    child.stdout.resume();
    return { child, ended: once(child, 'exit'), found };
  }
  throw new Error(`${command} ended early`);
}

test('the package installs globally, with its man page, and runs by name and by npx', async (context) => {
  const folder = await temporaryFolder(context);
  const prefix = path.join(folder, 'prefix');
  const file = await packed(folder);
  const env = {
    PATH: `${path.join(prefix, 'bin')}:${path.dirname(process.execPath)}:${process.env.PATH}`,
    HOME: folder,
  };
  const options = ['--offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', '--global', '--prefix', prefix, ...options, file], { env });
  const manPage = await readFile(path.join(prefix, 'share/man/man1/earshot.1'), 'utf8');
  assert.match(manPage, /^\.TH EARSHOT 1/);
  assert.match(await readlink(path.join(prefix, 'share/man/man1/earshot.1')), /node_modules\/earshot\/dist/);

  const serve = ['serve', '--data', path.join(folder, 'data')];
  const server = await started(context, 'earshot', serve, /"address":"(chat:\/\/[^"]+:(\d+))"/, env);
  const [, address = '', port = ''] = server.found;
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  assert.equal(await health.text(), 'ready\n');
  assert.match(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), /earshot_build_info/);
  const join = spawnSync('earshot', ['join', 'alice', address], {
    env,
    input: 'hello @all\n',
    encoding: 'utf8',
  });
  assert.equal(join.status, 0, join.stderr);
  const { stdout } = await run(
    'npx',
    ['--offline', '--yes', '--package', file, 'earshot', 'completion', 'bash'],
    {
      env,
      cwd: folder,
    },
  );
  assert.match(stdout, /complete -o default -F _earshot earshot/);
  // An upgrade replaces the package under the server, which stays the older one until its restart.
  const manifest = path.join(prefix, 'lib/node_modules/earshot/package.json');
  const before = JSON.parse(await readFile(manifest, 'utf8'));
  await writeFile(manifest, JSON.stringify({ ...before, version: '999.0.0' }));
  const data = path.join(folder, 'data');
  const status = await run('earshot', ['admin', 'status', '--json', '--data', data], { env });
  assert.equal(JSON.parse(status.stdout).version, before.version);
  server.child.kill('SIGTERM');
  await server.ended;
  assert.equal(server.child.exitCode, 0);
});
