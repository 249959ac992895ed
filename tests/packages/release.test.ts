import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = path.resolve(import.meta.dirname, '../../tools/release.ts');

/** A repository of a small package, ready to be released as 1.2.3. */
async function repository(context: TestContext) {
  const root = await temporaryFolder(context);
  const checkout = path.join(root, 'checkout');
  mkdirSync(checkout);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
      cwd: checkout,
      encoding: 'utf8',
    }).trim();
  const write = (name: string, text: string): void => writeFileSync(path.join(checkout, name), text);
  const manifest = { name: 'small', version: '1.2.3' };
  write('package.json', JSON.stringify({ ...manifest, files: ['index.js'] }));
  write('package-lock.json', JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest } }));
  write('index.js', 'export {};\n');
  write('CHANGELOG.md', '# Changelog\n\n## 1.2.3 (2026-11-28)\n');
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  git('tag', 'v1.2.3');
  const folder = path.join(root, 'release');
  const release = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: checkout,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  return { checkout, folder, git, write, release };
}

test('a release has its packages, their sums, and the commit that they come from', async (context) => {
  const { checkout, folder, git, release } = await repository(context);
  const { status, stderr } = release(folder);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.deepEqual(readdirSync(folder).sort(), ['SHA256SUMS', 'provenance.json', 'small-1.2.3.tgz']);
  const checked = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
  assert.equal(checked, 'small-1.2.3.tgz: OK\nprovenance.json: OK\n');
  const { subject, predicate } = JSON.parse(readFileSync(path.join(folder, 'provenance.json'), 'utf8'));
  const sha256 = createHash('sha256')
    .update(readFileSync(path.join(folder, 'small-1.2.3.tgz')))
    .digest('hex');
  assert.deepEqual(subject, [{ name: 'small-1.2.3.tgz', digest: { sha256 } }]);
  const [source, lock] = predicate.buildDefinition.resolvedDependencies;
  assert.equal(source.digest.gitCommit, git('rev-parse', 'HEAD'));
  const lockBytes = readFileSync(path.join(checkout, 'package-lock.json'));
  assert.equal(lock.digest.sha256, createHash('sha256').update(lockBytes).digest('hex'));
});

test('whoever has the commit can build the same bytes, and sees when they are others', async (context) => {
  const { folder, git, write, release } = await repository(context);
  assert.equal(release(folder).status, 0);
  assert.deepEqual(release('--compare', folder), {
    status: 0,
    stdout: 'small-1.2.3.tgz is the same\n',
    stderr: '',
  });
  write('index.js', 'export const other = 1;\n');
  git('commit', '--quiet', '--all', '--message', 'two');
  const other = release('--compare', folder);
  assert.equal(other.status, 1);
  assert.equal(other.stdout, 'small-1.2.3.tgz is another\n');
  assert.match(other.stderr, /has not what this commit builds/);
});

test('what is not ready is not released', async (context) => {
  const { checkout, folder, git, write, release } = await repository(context);
  const refusal = (): string => {
    const { status, stderr } = release(folder);
    assert.equal(status, 1);
    return stderr;
  };
  write('index.js', 'export const other = 1;\n');
  assert.match(refusal(), /the checkout has changes/);
  git('commit', '--quiet', '--all', '--message', 'two');
  assert.match(refusal(), /no tag v1\.2\.3 points at this commit/);
  appendFileSync(path.join(checkout, 'CHANGELOG.md'), '\n## Unreleased\n');
  git('commit', '--quiet', '--all', '--message', 'three');
  assert.match(refusal(), /still has a heading "## Unreleased"/);
  write('CHANGELOG.md', '# Changelog\n');
  git('commit', '--quiet', '--all', '--message', 'four');
  assert.match(refusal(), /has no heading "## 1\.2\.3 \(YYYY-MM-DD\)"/);
});
