import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scriptOptions } from '../tests/support/script-options.ts';

/**
 * `npm run release`: builds the packages of the commit that is checked out, in a clone of it, so that nothing else gets
 * in; and beside them SHA256SUMS and `provenance.json`, an in-toto statement with SLSA's provenance 1.0: which commit and
 * which lock file these bytes come from. Nothing in it has a time or a place, so that anybody's build is the same.
 *
 *     node tools/release.ts [FOLDER]            builds into FOLDER, by default `release`
 *     node tools/release.ts --compare FOLDER    builds again, and says whether FOLDER has the same bytes
 */

const {
  values: { compare },
  positionals: [into = 'release'],
} = scriptOptions('npm run release -- [FOLDER | --compare FOLDER]', {
  options: { compare: { type: 'string' } },
  allowPositionals: true,
});

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function fail(problem: string): never {
  process.stderr.write(`release: ${problem}\n`);
  process.exit(1);
}

/** What has to be done before this commit is a release. */
function problemOf({ version }: Manifest): string | undefined {
  if (git('status', '--porcelain') !== '') return 'the checkout has changes; commit them, or put them aside';
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'm');
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  if (!heading.test(changelog)) return `CHANGELOG.md has no heading "## ${version} (YYYY-MM-DD)"`;
  if (/^## Unreleased$/m.test(changelog)) return 'CHANGELOG.md still has a heading "## Unreleased"';
  const tags = git('tag', '--points-at', 'HEAD').split('\n');
  return tags.includes(`v${version}`) ? undefined : `no tag v${version} points at this commit`;
}

/** Builds the packages of `commit` into `folder`, from a clone that is gone afterwards. */
function build(commit: string, folder: string, { scripts = {} }: Manifest): void {
  const clone = mkdtempSync(path.join(tmpdir(), 'earshot-release-'));
  const run = (program: string, ...args: readonly string[]): void => {
    execFileSync(program, args, { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  try {
    run('git', 'clone', '--quiet', '--no-hardlinks', git('rev-parse', '--show-toplevel'), '.');
    run('git', 'checkout', '--quiet', '--detach', commit);
    run('npm', 'ci', '--no-audit', '--no-fund');
    run('npm', 'pack', '--pack-destination', folder);
    if (scripts['pack:client'] !== undefined) run('npm', 'run', 'pack:client', '--', folder);
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

const packagesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .sort();

const digestIn = (folder: string, name: string): string => sha256(readFileSync(path.join(folder, name)));

/** https://slsa.dev/spec/v1.0/provenance */
function provenance(folder: string, commit: string, { name, version }: Manifest): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: packagesIn(folder).map((file) => ({ name: file, digest: { sha256: digestIn(folder, file) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `urn:${name}:release:1`,
        externalParameters: { tag: `v${version}` },
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: commit } },
          { name: 'package-lock.json', digest: { sha256: digestIn('.', 'package-lock.json') } },
        ],
      },
      runDetails: { builder: { id: `urn:${name}:release:local` } },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}

function makeRelease(manifest: Manifest): void {
  const problem = problemOf(manifest);
  if (problem !== undefined) fail(problem);
  const folder = path.resolve(into);
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) fail(`${folder} is not empty`);
  const commit = git('rev-parse', 'HEAD');
  build(commit, folder, manifest);
  writeFileSync(path.join(folder, 'provenance.json'), provenance(folder, commit, manifest));
  const names = [...packagesIn(folder), 'provenance.json'];
  const sums = names.map((name) => `${digestIn(folder, name)}  ${name}\n`).join('');
  writeFileSync(path.join(folder, 'SHA256SUMS'), sums);
  process.stdout.write(sums);
}

function compareRelease(theirs: string, manifest: Manifest): void {
  const ours = mkdtempSync(path.join(tmpdir(), 'earshot-release-'));
  try {
    build(git('rev-parse', 'HEAD'), ours, manifest);
    const names = new Set([...packagesIn(ours), ...packagesIn(theirs)]);
    let isSame = true;
    for (const name of names) {
      const [mine, other] = [ours, theirs].map((folder) =>
        packagesIn(folder).includes(name) ? digestIn(folder, name) : undefined,
      );
      isSame &&= mine === other;
      const what = mine === other ? 'is the same' : other === undefined ? 'is missing' : 'is another';
      process.stdout.write(`${name} ${what}\n`);
    }
    if (!isSame) fail(`${theirs} has not what this commit builds`);
  } finally {
    rmSync(ours, { recursive: true, force: true });
  }
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
if (compare === undefined) makeRelease(manifest);
else compareRelease(path.resolve(compare), manifest);
