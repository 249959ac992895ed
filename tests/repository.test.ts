import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits, wireLimits } from '../src/protocol/limits.ts';
import {
  type Files,
  forbiddenImports,
  importCircles,
  importedBy,
  importRules,
} from './support/import-rules.ts';

/** Rules that neither the compiler nor the linter checks, each a function from files to what is wrong. */

function foldersWithoutRule(files: Files): string[] {
  const folders = [...files.keys()].map((file) => /^src\/[^/]+(?=\/)/.exec(file)?.[0] ?? 'src');
  return [...new Set(folders)].filter((folder) => !importRules.some((rule) => rule.folder === folder));
}

function longFiles(files: Files): string[] {
  return [...files]
    .map(([file, text]) => ({ file, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) }))
    .filter(({ lines }) => lines > 300)
    .map(({ file, lines }) => `${file} has ${lines} lines`);
}

/** Names that say nothing about what is inside, of files and of folders. */
function namesWithoutIdea(files: Files): string[] {
  const empty = /^(?:index\.|types\.ts$|util|helper|common)/;
  return [...files.keys()].filter(
    (file) => file.startsWith('src/') && file.split('/').some((part) => empty.test(part)),
  );
}

function unfinishedMarks(files: Files): string[] {
  return [...files].flatMap(([file, text]) =>
    (file.startsWith('src/') ? text.split('\n') : []).flatMap((line, i) =>
      /\b(?:TODO|FIXME|XXX|HACK)\b/.test(line) ? [`${file}:${i + 1}`] : [],
    ),
  );
}

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Dependencies that `contributing` has no line for, with the name in backquotes. */
function unexplainedDependencies(manifest: Package, contributing: string): string[] {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  return names.filter((name) => !contributing.includes(`\`${name}\``));
}

/** How the tables of `operating` that hold limits differ from `limits`. */
function limitsToldWrong(limits: Readonly<Record<string, number>>, operating: string): string[] {
  const tables = operating
    .split(/\n(?!\|)/)
    .map((part) => [...part.matchAll(/^\| `(\w+)` \| ([^|]*?) \|/gm)]);
  const rows = tables
    .filter((table) => table.some(([, name = '']) => Object.hasOwn(limits, name)))
    .flat()
    .map(([, name = '', value = '']) => ({ name, value }));
  const told = rows.map(({ name }) => name);
  return [
    ...Object.keys(limits).flatMap((name) => (told.includes(name) ? [] : [`${name} is missing`])),
    ...told.flatMap((name, i) => (told.indexOf(name) === i ? [] : [`${name} is there twice`])),
    ...rows.flatMap(({ name, value }) => {
      if (!Object.hasOwn(limits, name)) return [`${name} is no limit`];
      return String(limits[name]) === value ? [] : [`${name} is ${limits[name]}, not ${value}`];
    }),
  ];
}

/** The limits that a row of a table in `operating` says a test holds, and that the test does not name. */
function limitsNoTestHolds(operating: string, textOf: (file: string) => string): string[] {
  const rows = operating.split('\n').filter((line) => line.startsWith('| ') && line.includes('.test.ts`'));
  const claims = rows.flatMap((row) => [...row.matchAll(/((?:`\w+`(?:, )?)+): `([\w/.-]+\.test\.ts)`/g)]);
  return claims.flatMap(([, limits = '', file = '']) =>
    [...limits.matchAll(/\w+/g)]
      .filter(([limit]) => !new RegExp(`\\b${limit}\\b`).test(textOf(file)))
      .map(([limit]) => `${limit}: ${file}`),
  );
}

/**
 * The files that the Markdown of `file` names in backquotes, from the root of the repository, or links to, and that do
 * not exist.
 */
function lostFiles(file: string, markdown: string, exists: (file: string) => boolean): string[] {
  const named = [...markdown.matchAll(/`((?:src|tests|bench|chaos|tools|packaging)\/[\w./-]+\.\w+)`/g)];
  const linked = [...markdown.matchAll(/\]\((?!\w+:)([^)#\s]+)[^)\s]*\)/g)];
  const paths = [
    ...named.map(([, name = '']) => name),
    ...linked.map(([, link = '']) => path.posix.join(path.posix.dirname(file), link)),
  ];
  return paths.filter((each) => !exists(each)).map((each) => `${file} names ${each}`);
}

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources: Files = new Map(
  globSync('{src,bench,chaos,tests}/**/*.{ts,tsx,js,mjs,cjs}', { cwd: root, exclude: ['**/node_modules'] })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => [file, read(file)]),
);

describe('the repository', () => {
  it('has sources to check', () => {
    for (const file of ['src/main.ts', 'src/protocol/words.ts', 'tests/repository.test.ts']) {
      assert.ok(sources.has(file), file);
    }
  });

  it('imports only in the allowed directions', () => assert.deepEqual(forbiddenImports(sources), []));

  it('has no circle of imports, types included', () => assert.deepEqual(importCircles(sources), []));

  it('has a rule for every folder of src', () => assert.deepEqual(foldersWithoutRule(sources), []));

  it('has no file of more than 300 lines', () => assert.deepEqual(longFiles(sources), []));

  it('names every file and folder for what is inside', () => assert.deepEqual(namesWithoutIdea(sources), []));

  it('leaves no work for later in comments', () => assert.deepEqual(unfinishedMarks(sources), []));

  it('says in CONTRIBUTING.md what each dependency is for', () => {
    const manifest: Package = JSON.parse(read('package.json'));
    assert.deepEqual(unexplainedDependencies(manifest, read('CONTRIBUTING.md')), []);
  });

  it('has the files that its documents name', () => {
    const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root });
    const exists = (file: string) => existsSync(path.join(root, file));
    assert.ok(documents.includes('SECURITY.md'));
    assert.deepEqual(
      documents
        .filter((file) => file !== 'CHANGELOG.md')
        .flatMap((file) => lostFiles(file, read(file), exists)),
      [],
    );
  });

  it('tells every limit with its value in docs/operating.md', () => {
    assert.deepEqual(limitsToldWrong({ ...wireLimits, ...defaultLimits }, read('docs/operating.md')), []);
  });

  it('names in docs/operating.md tests that know the limits they hold', () => {
    assert.deepEqual(limitsNoTestHolds(read('docs/operating.md'), read), []);
  });
});

describe('the rules themselves', () => {
  const imports = (file: string, text: string) => forbiddenImports(new Map([[file, text]]));

  it('see an import in every form in which one can be written', () => {
    const forms = [
      "import { a } from './a.ts';",
      'import "./b.ts";',
      "import type {\n  C,\n  D,\n} from './c.ts';",
      "export * from './d.ts';",
      "export { e } from './e.ts';",
      "const f = await import('./f.ts');",
      "type G = import('./g.ts').G;",
      "import * as h from './h.ts';",
    ];
    assert.equal(
      importedBy(forms.join('\n')).sort().join(''),
      [...'abcdefgh'].map((x) => `./${x}.ts`).join(''),
    );
    assert.deepEqual(
      importedBy("/** import './a.ts'; */\n// import './b.ts';\nexport const from = 'c';"),
      [],
    );
    assert.deepEqual(importedBy("export function f() {}\nconst from = 'd';"), []);
  });

  it('fail on an import in a forbidden direction, and only there', () => {
    const forbidden = [
      ['src/protocol/a.ts', '../scheduling/clock.ts'],
      ['src/protocol/chat10/a.ts', 'node:fs'],
      ['src/protocol/a.ts', 'pino'],
      ['src/transport/a.ts', '../server/server.ts'],
      ['src/client/a.ts', '../terminal/a.ts'],
      ['src/client/chat11/a.ts', 'node:fs'],
      ['src/client/a.ts', '../client-node/a.ts'],
      ['src/client/a.ts', '../transport/tcp.ts'],
      ['src/terminal/join/a.ts', '../../server/server.ts'],
      ['src/terminal/join/files/a.ts', '../commands/commands.ts'],
      ['src/server/a.ts', '../client/a.ts'],
      ['src/server/hub/a.ts', '../../terminal/a.ts'],
      ['src/server/log/a.ts', '../hub/hub.ts'],
      ['src/server/sqlite/a.ts', '../log/log.ts'],
      ['src/server/accounts/a.ts', '../connection/session.ts'],
      ['src/server/follow/a.ts', '../../scheduling/clock.ts'],
      ['src/server/outbox/a.ts', '../connection/session.ts'],
      ['src/server/connection/a.ts', '../chat/chat.ts'],
      ['src/server/connection/a.ts', '../../protocol/chat10/reply.ts'],
      ['src/server/chat/a.ts', '../wires/chat11/encoder.ts'],
      ['src/server/chat/a.ts', '../../protocol/verbs/request.ts'],
      ['src/server/wires/chat10/a.ts', '../chat11/encoder.ts'],
      ['src/main.ts', '../tests/support/server.ts'],
    ] as const;
    for (const [file, target] of forbidden) {
      assert.equal(imports(file, `import { a } from '${target}';`).length, 1, `${file} ${target}`);
      assert.equal(imports(file, `const a = await import('${target}');`).length, 1, `${file} ${target}`);
    }
    const allowed = [
      ['src/server/wires/chat10/a.ts', '../../chat/chat.ts'],
      ['src/protocol/chat10/a.ts', '../names.ts'],
      ['src/protocol/a.test.ts', 'node:test'],
      ['src/client/a.ts', '../scheduling/clock.ts'],
      ['src/server/follow/a.ts', '../messages/keys.ts'],
      ['src/server/outbox/a.ts', '../messages/entry.ts'],
      ['src/terminal/a.ts', '../client/a.ts'],
    ] as const;
    for (const [file, target] of allowed) assert.deepEqual(imports(file, `import '${target}';`), [], file);
  });

  it('find every circle of imports once', () => {
    const files = new Map([
      ['src/a.ts', "import type { B } from './b.ts';"],
      ['src/b.ts', "import { c } from './c.ts';\nimport './d.ts';"],
      ['src/c.ts', "import { a } from './a.ts';"],
      ['src/d.ts', "import './e.ts';"],
      ['src/e.ts', "import './d.ts';"],
      ['src/f.ts', "import './a.ts';"],
    ]);
    assert.deepEqual(importCircles(files), [
      ['src/d.ts', 'src/e.ts'],
      ['src/a.ts', 'src/b.ts', 'src/c.ts'],
    ]);
  });

  it('fail on an import that only a run can resolve', () => {
    assert.equal(imports('src/main.ts', 'await import(where);').length, 1);
  });

  it('fail on a folder without a row', () => {
    assert.deepEqual(foldersWithoutRule(new Map([['src/misc/a.ts', '']])), ['src/misc']);
  });

  it('fail on the 301st line', () => {
    assert.deepEqual(longFiles(new Map([['a.ts', 'x\n'.repeat(300)]])), []);
    assert.equal(longFiles(new Map([['a.ts', `${'x\n'.repeat(300)}x`]])).length, 1);
  });

  it('fail on names without an idea', () => {
    const bad = ['src/index.ts', 'src/a/types.ts', 'src/utils/a.ts', 'src/helper.ts', 'src/common-a.ts'];
    const files = new Map(
      [...bad, 'src/a/term-types.ts', 'src/a.ts', 'tests/index.ts'].map((file) => [file, '']),
    );
    assert.deepEqual(namesWithoutIdea(files), bad);
  });

  it('fail on work left for later', () => {
    const text = 'const a = 1;\n// TODO: more\n/* FIXME */ // XXX HACK\nconst TODOS = 1;\n';
    assert.deepEqual(unfinishedMarks(new Map([['src/a.ts', text]])), ['src/a.ts:2', 'src/a.ts:3']);
  });

  it('fail on a dependency that nobody explained', () => {
    const manifest = { dependencies: { ws: '1' }, devDependencies: { node: '26' } };
    assert.deepEqual(unexplainedDependencies(manifest, '| `ws` | sockets |\nsee node_modules'), ['node']);
  });

  it('fail on a file that is not there', () => {
    const text = 'See `src/a.ts`, `src/b.ts`, [c](../c.md#d), [e](e.md) and [f](https://f.example/g).';
    assert.deepEqual(
      lostFiles('docs/x.md', text, (file) => ['src/a.ts', 'c.md'].includes(file)),
      ['docs/x.md names src/b.ts', 'docs/x.md names docs/e.md'],
    );
  });

  it('fail on a limit that is missing, stale, told twice or told wrong', () => {
    const other = '| code | |\n|---|---|\n| `port` | 1 |\n\n';
    const table = '| name | value | |\n|---|---|---|\n| `a` | 1 | x |\n| `b` | 2 | y |\n';
    assert.deepEqual(limitsToldWrong({ a: 1, b: 2 }, other + table), []);
    assert.deepEqual(limitsToldWrong({ a: 1, b: 2, c: 3 }, table), ['c is missing']);
    assert.deepEqual(limitsToldWrong({ a: 1 }, table), ['b is no limit']);
    assert.deepEqual(limitsToldWrong({ a: 1, b: 20 }, table), ['b is 20, not 2']);
    assert.deepEqual(limitsToldWrong({ a: 1, b: 2 }, `${table}| \`a\` | 1 | z |\n`), ['a is there twice']);
  });

  it('fail on a test that does not name a limit that it is said to hold', () => {
    const table = '| files | 1 | `a`, `b`: `src/x.test.ts`; `--c`: `src/y.test.ts` |\n`d`: `src/x.test.ts`\n';
    assert.deepEqual(
      limitsNoTestHolds(table, () => 'a, b'),
      [],
    );
    assert.deepEqual(
      limitsNoTestHolds(table, () => 'ab: 1, b: 2'),
      ['a: src/x.test.ts'],
    );
  });
});
