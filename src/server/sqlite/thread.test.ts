import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { startThread } from './thread.ts';

test('a thread has the compile cache that its process has turned on', async (context) => {
  const folder = await temporaryFolder(context);
  const says = `import module from 'node:module';
    import { parentPort } from 'node:worker_threads';
    const folder: string | undefined = module.getCompileCacheDir();
    parentPort?.postMessage(folder ?? 'none');`;
  await writeFile(join(folder, 'says.ts'), says);
  const program = (turnOn: string) => `import module from 'node:module';
    import { startThread } from ${JSON.stringify(new URL('thread.ts', import.meta.url).href)};
    ${turnOn}
    const thread = startThread(${JSON.stringify(pathToFileURL(join(folder, 'x.ts')).href)}, 'says', 'test', undefined);
    thread.listen((said) => console.log(said === (module.getCompileCacheDir() ?? 'none')));
    console.log((await thread.ended).error ?? 'ended');`;
  for (const turnOn of ['', `module.enableCompileCache(${JSON.stringify(join(folder, 'cache'))});`]) {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    const args = ['--input-type=module', '-e', program(turnOn)];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    assert.deepEqual([stdout, stderr], ['true\nended\n', '']);
  }
});

test('a thread whose module cannot be loaded ends with the reason', async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder, 'fails.ts'), "throw new Error('on purpose');");
  const thread = startThread(pathToFileURL(join(folder, 'x.ts')).href, 'fails', 'test', undefined);
  assert.equal((await thread.ended).error?.message, 'on purpose');
});
