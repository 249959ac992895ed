import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { parseSettings, readSettings, SettingsError, settingsPath } from './settings-file.ts';

function problemOf(text: string): string {
  try {
    parseSettings(text, 'F');
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
  assert.fail(`no problem in ${text}`);
}

test('settings and profiles are read', () => {
  const { settings, profiles } = parseSettings(
    '{ "name": "alice", "rate": 3, "follow": ["a", "b"], "profiles": { "work": { "url": "h:1" } } }',
    'F',
  );
  assert.deepEqual(
    [...settings],
    [
      ['name', 'alice'],
      ['rate', 3],
      ['follow', ['a', 'b']],
    ],
  );
  assert.deepEqual([...(profiles.get('work') ?? [])], [['url', 'h:1']]);
});

test('a problem names the file and the line or key', () => {
  assert.match(problemOf('{\n  "name": "a",\n  nam\n}'), /^F, line 3 is not JSON: /);
  assert.match(problemOf('{\n  "name": '), /^F, line 2 is not JSON: /);
  assert.match(problemOf('[]'), /^F must hold one object/);
  assert.match(problemOf('{\n"name": null }'), /^F, line 2: name must be a text/);
  assert.match(problemOf('{ "profiles": 3 }'), /^F, line 1: profiles must be an object/);
  assert.match(problemOf('{ "profiles": {\n"work": 3 } }'), /^F, line 2: profiles\.work must be an object/);
  assert.match(problemOf('{ "profiles": { "h:1": {} } }'), /profiles\.h:1 is no name for a profile/);
  assert.match(problemOf('{ "profiles": { "w": {\n"url": {} } } }'), /^F, line 2: profiles\.w\.url must be/);
});

test('nothing but SettingsError is thrown, whatever the text', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string(),
    fc.dictionary(fc.string(), fc.jsonValue()).map((each) => JSON.stringify(each)),
  );
  fc.assert(
    fc.property(json, (text) => {
      try {
        parseSettings(text, 'F');
      } catch (error) {
        assert.ok(error instanceof SettingsError, String(error));
      }
    }),
  );
});

test('the file is read from the folder of XDG, and only if nobody else may write it', async (context) => {
  const home = await temporaryFolder(context);
  const env = { XDG_CONFIG_HOME: home };
  assert.equal(readSettings(env).settings.size, 0);
  await mkdir(join(home, 'earshot'));
  await writeFile(settingsPath(env), '{ "name": "alice" }');
  assert.equal(readSettings(env).settings.get('name'), 'alice');
  await chmod(settingsPath(env), 0o666);
  assert.throws(() => readSettings(env), /may be changed by others; run chmod o-w/);
});
