import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { earshot } from '../faces/joiner.ts';
import { closing } from '../support/client-events.ts';
import { makeAccounts, testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const password = 'correct horse';
const count = 40;

/** Starts `earshot tail` for the account `keeper`, in a folder of its own. */
function startTail(
  context: TestContext,
  folder: string,
  port: number,
  args: readonly string[],
): ChildProcess {
  const address = `chat://127.0.0.1:${port}`;
  const words = [earshot, 'tail', address, '--name', 'keeper', '--follow', 'job', ...args];
  const env = { ...process.env, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, EARSHOT_PASSWORD: password };
  const child = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  context.after(() => child.kill('SIGKILL'));
  return child;
}

/** Prints the texts, as `jq --unbuffered -r .text` does. */
const jsonReader = `sed -nu 's/.*"text":"\\(job [0-9]*\\)".*/\\1/p' >>out`;

/** Pipes what `tail` prints to a command, as a shell does. */
function startReader(
  context: TestContext,
  folder: string,
  { stdout }: ChildProcess,
  reader: string,
): ChildProcess {
  const child = spawn('sh', ['-c', `exec ${reader}`], { cwd: folder, stdio: [stdout, 'ignore', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  // Only the reader has the pipe now.
  stdout?.destroy();
  return child;
}

async function sender(context: TestContext, port: number) {
  return closing(context, await connect({ host: '127.0.0.1', port }, { name: 'ci', stateFolder: false }));
}

/** Resolves with the numbers in the file once `isEnough` of them. */
async function numbersIn(path: string, isEnough: (numbers: number[]) => boolean): Promise<number[]> {
  for (const beganMs = performance.now(); ; ) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const numbers = [...text.matchAll(/^job ([0-9]+)$/gm)].map(([, digits]) => Number(digits));
    if (isEnough(numbers)) return numbers;
    if (performance.now() - beganMs > 60_000) throw new Error(`there are only ${numbers}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Each number once or more, and the first of each in order. */
function assertAllInOrder(numbers: readonly number[]): void {
  assert.deepEqual(
    [...new Set(numbers)],
    Array.from({ length: count }, (_, i) => i),
  );
}

const hasLast = (numbers: readonly number[]): boolean => numbers.includes(count - 1);
const command = 'cat >>out';

async function followed(context: TestContext, folder: string, port: number): Promise<void> {
  const first = startTail(context, folder, port, ['--count', '1', '--exec', 'true']);
  first.stdout?.resume();
  const ci = await sender(context, port);
  const ended = once(first, 'exit');
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await ci.sendTo('keeper', 'ready?').catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ci.close();
}

test('tail that is killed again and again handles every message', { timeout: 120_000 }, async (context) => {
  const { port } = await testServer(context, { accounts: { keeper: password } });
  const folder = await temporaryFolder(context);
  await followed(context, folder, port);
  const ci = await sender(context, port);
  const sending = (async () => {
    for (let number = 0; number < count; number++) await ci.send(`job ${number}`);
  })();
  for (let kills = 0; kills < 4; kills++) {
    const before = (await numbersIn(join(folder, 'out'), () => true)).length;
    const tail = startTail(context, folder, port, ['--exec', `${command}; sleep 0.02`]);
    await numbersIn(join(folder, 'out'), (numbers) => numbers.length >= Math.min(before + 5, count));
    tail.kill('SIGKILL');
    await once(tail, 'exit');
  }
  await sending;
  startTail(context, folder, port, ['--exec', command]);
  assertAllInOrder(await numbersIn(join(folder, 'out'), hasLast));
});

test('a command that is killed in its work gets its message again', { timeout: 120_000 }, async (context) => {
  const { port } = await testServer(context, { accounts: { keeper: password } });
  const folder = await temporaryFolder(context);
  await followed(context, folder, port);
  const ci = await sender(context, port);
  for (let number = 0; number < count; number++) await ci.send(`job ${number}`);
  // Each tenth kills itself before its work, the first time.
  const killed =
    'case $EARSHOT_TEXT in *5) [ -e "did $EARSHOT_TEXT" ] || { : >"did $EARSHOT_TEXT"; kill -9 $$; };; esac; ';
  const tail = startTail(context, folder, port, ['--exec', killed + command]);
  const numbers = await numbersIn(join(folder, 'out'), hasLast);
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, i) => i),
  );
  assert.equal(tail.exitCode, null);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  for (const [how, args, reader] of [
    ['a command', ['--exec', command], undefined],
    ['a reader of its JSON', ['--json'], jsonReader],
  ] as const) {
    test(
      `tail with ${how} survives a server that ends by ${signal}`,
      { timeout: 120_000 },
      async (context) => {
        const folder = await temporaryFolder(context);
        const data = await temporaryFolder(context);
        await makeAccounts(data, { keeper: password });
        const serverArgs = ['--data', data, '--message-rate', '0'];
        const first = await startServerProcess(context, [...serverArgs, '--port', '0']);
        const { port } = first;
        await followed(context, folder, port);
        const tail = startTail(context, folder, port, args);
        if (reader !== undefined) startReader(context, folder, tail, reader);
        const ci = await sender(context, port);
        const half = count / 2;
        for (let number = 0; number < half; number++) await ci.send(`job ${number}`);
        await numbersIn(join(folder, 'out'), (numbers) => numbers.length > 3);
        await first.end(signal);
        const rest = Promise.all(Array.from({ length: half }, (_, i) => ci.send(`job ${half + i}`)));
        await startServerProcess(context, [...serverArgs, '--port', String(port)]);
        await rest;
        const numbers = await numbersIn(join(folder, 'out'), hasLast);
        assert.deepEqual(
          numbers,
          Array.from({ length: count }, (_, i) => i),
        );
        assert.equal(tail.exitCode, null);
      },
    );
  }
}

test('what a killed reader did not get comes at the next start', { timeout: 120_000 }, async (context) => {
  const { port } = await testServer(context, { accounts: { keeper: password } });
  const folder = await temporaryFolder(context);
  await followed(context, folder, port);
  const ci = await sender(context, port);
  // Each pipeline ends with a message that nobody reads.
  for (let number = 0; number < count; number += 10) {
    const tail = startTail(context, folder, port, ['--json']);
    const reader = startReader(context, folder, tail, jsonReader);
    for (let next = number; next < number + 9; next++) await ci.send(`job ${next}`);
    await numbersIn(join(folder, 'out'), (numbers) => numbers.includes(number + 8));
    reader.kill('SIGKILL');
    await once(reader, 'exit');
    await ci.send(`job ${number + 9}`);
    const [code] = await once(tail, 'exit');
    assert.equal(code, 141);
  }
  startReader(context, folder, startTail(context, folder, port, ['--json']), jsonReader);
  const numbers = await numbersIn(join(folder, 'out'), hasLast);
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, i) => i),
  );
});
