import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type Files, importedBy } from './support/import-rules.ts';

/** The files and patterns of test files in a command of package.json, or in the text of a file. */
const testsIn = (text: string): string[] => text.match(/[^\s"']+\.test\.ts/g) ?? [];

function testsNoCommandRuns(files: Files, commands: readonly string[]): string[] {
  return testsRun(files, commands, (count) => count === 0);
}

/** The test files of which `isIt` is true for the number of patterns in `commands` that run them. */
function testsRun(files: Files, commands: readonly string[], isIt: (count: number) => boolean): string[] {
  const patterns = commands.flatMap(testsIn);
  const tests = [...files.keys()].filter((file) => file.endsWith('.test.ts'));
  return tests.filter((file) =>
    isIt(patterns.filter((pattern) => path.posix.matchesGlob(file, pattern)).length),
  );
}

/** The test files among those of `together` with a hook outside of `describe`, which would run for the tests of all. */
function hooksForAll(files: Files, together: string): string[] {
  const hook = /^(?:before|after)(?:Each)?\(/m;
  return testsRun(files, [together], (count) => count > 0).filter((file) => hook.test(files.get(file) ?? ''));
}

/** The test files that import `propertyRuns`, also by way of others, and that `command` does not name. */
function propertiesNotTriedLonger(files: Files, command: string): string[] {
  const using = new Set(['tests/support/property-runs.ts']);
  // The loop also visits what is added meanwhile.
  for (const used of using) {
    for (const [file, text] of files) {
      const folder = path.posix.dirname(file);
      if (importedBy(text).some((target) => path.posix.join(folder, target) === used)) using.add(file);
    }
  }
  return [...using].filter((file) => file.endsWith('.test.ts') && !testsIn(command).includes(file));
}

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json'));
const files: Files = new Map(
  globSync('{src,tests}/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .map((file) => [file, read(file)]),
);

describe('the commands of package.json', () => {
  const inOneProcess = read('tests/in-one-process.test.ts');

  it('run every test', () => {
    assert.deepEqual(testsNoCommandRuns(files, [...Object.values<string>(scripts), inOneProcess]), []);
  });

  it('run no test in a process of its own and in one with others', () => {
    assert.deepEqual(
      testsRun(files, [scripts.test, inOneProcess], (count) => count > 1),
      [],
    );
  });

  it('run in one process no hook of one file for the tests of the others', () => {
    assert.deepEqual(hooksForAll(files, inOneProcess), []);
  });

  it('try every property that has more cases in npm run test:long there', () => {
    assert.deepEqual(propertiesNotTriedLonger(files, scripts['test:long']), []);
  });
});

describe('the rules themselves', () => {
  it('fail on a test that no command runs', () => {
    const tests = ['src/a/b.test.ts', 'tests/x/c.test.ts', 'tests/y/d.test.ts'].map(
      (file) => [file, ''] as const,
    );
    const command = 'node --test "src/**/*.test.ts" "tests/{x,z}/*.test.ts"';
    assert.deepEqual(testsNoCommandRuns(new Map(tests), [command]), ['tests/y/d.test.ts']);
    assert.deepEqual(testsNoCommandRuns(new Map(tests), [command, "['tests/*/d.test.ts']"]), []);
    assert.deepEqual(
      testsRun(new Map(tests), [command, "['tests/x/*.test.ts']"], (count) => count > 1),
      ['tests/x/c.test.ts'],
    );
  });

  it('fail on a hook that would run for the tests of other files', () => {
    const tests = new Map([
      ['src/a.test.ts', "import { afterEach } from 'node:test';\nafterEach(() => {});\n"],
      ['src/b.test.ts', "describe('b', () => {\n  before(() => {});\n});\n"],
      ['tests/c.test.ts', 'after(end);\n'],
    ]);
    assert.deepEqual(hooksForAll(tests, "['src/*.test.ts']"), ['src/a.test.ts']);
  });

  it('fail on a property of which no command tries more cases', () => {
    const using = new Map([
      ['src/a.test.ts', "import { propertyRuns } from '../tests/support/property-runs.ts';"],
      ['src/b.test.ts', "import { testLog } from '../tests/contract/log.ts';"],
      ['src/c.test.ts', "import { a } from './a.ts';"],
      ['tests/contract/log.ts', "import { propertyRuns } from '../support/property-runs.ts';"],
    ]);
    assert.deepEqual(propertiesNotTriedLonger(using, 'node --test src/a.test.ts'), ['src/b.test.ts']);
  });
});
