import assert from 'node:assert/strict';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { it } from 'node:test';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { defaultStateFolder, StateFile } from './state-file.ts';

const account = { server: 'chat://localhost:4711', name: 'alice' };
const at = (position: number) => ({ place: { position, epoch: 'e1' }, token: 't1' });

it('tells once that it cannot be written, and leaves nothing half written', async (t) => {
  const folder = await temporaryFolder(t);
  const problems: string[] = [];
  const file = new StateFile(folder, account, new FakeClock(), (problem) => problems.push(problem));
  await file.keep(at(1));
  const [name = ''] = await readdir(folder);
  const stored = join(folder, name);
  await rm(stored);
  await mkdir(stored);
  for (const position of [2, 3]) {
    void file.keep(at(position));
    await file.close();
  }
  assert.equal(problems.length, 1, problems.join());
  assert.deepEqual(await readdir(folder), [name]);
});

it('is in the home folder where the environment names no absolute one', () => {
  const usual = defaultStateFolder({});
  assert.ok(isAbsolute(usual));
  assert.equal(defaultStateFolder({ XDG_STATE_HOME: 'here' }), usual);
  assert.equal(defaultStateFolder({ XDG_STATE_HOME: '/there' }), '/there/earshot');
});
