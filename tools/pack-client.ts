import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importedBy } from '../tests/support/import-rules.ts';

/**
 * Makes the tarball of the package `earshot-client`: the library alone, without the server and its dependencies. Takes
 * what `npm run build` made. Prints the tarball's path.
 *
 *     node tools/pack-client.ts [FOLDER [DIST]]
 *
 * FOLDER gets the tarball, by default the current one; DIST has the built files.
 */

const root = path.resolve(import.meta.dirname, '..');
const into = path.resolve(process.argv[2] ?? '.');
const dist = path.resolve(process.argv[3] ?? path.join(root, 'dist'));
const folder = mkdtempSync(path.join(tmpdir(), 'earshot-client-'));

/** The files that `entry` needs, as paths in `dist`. Throws when one of them needs a package. */
function filesOf(entry: string): readonly string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const specifier of importedBy(readFileSync(path.join(dist, file), 'utf8'))) {
      if (specifier.startsWith('.')) visit(builtAs(path.posix.join(path.posix.dirname(file), specifier)));
      else if (!specifier.startsWith('node:')) throw new Error(`${file} imports ${specifier}`);
    }
  };
  visit(entry);
  return [...found];
}

/** Declarations name each other by their sources. */
const builtAs = (file: string): string => file.replace(/(?<!\.d)\.ts$/, '.d.ts');

for (const file of [...filesOf('library.js'), ...filesOf('library.d.ts')]) {
  cpSync(path.join(dist, file), path.join(folder, 'dist', file));
}
cpSync(path.join(root, 'bin', 'node-version.js'), path.join(folder, 'node-version.js'));
cpSync(path.join(root, 'docs', 'library.md'), path.join(folder, 'README.md'));
cpSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
writeFileSync(
  path.join(folder, 'check-node.js'),
  `import { nodeProblem } from './node-version.js';

const problem = nodeProblem(process.version, false);
if (problem !== undefined) {
  const error = new Error(problem);
  error.stack = \`Error: \${problem}\`;
  throw error;
}
`,
);
writeFileSync(
  path.join(folder, 'index.js'),
  "// First, so that a Node that is too old says so in plain words.\nimport './check-node.js';\n\nexport * from './dist/library.js';\n",
);
const { version, license, engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
writeFileSync(
  path.join(folder, 'package.json'),
  `${JSON.stringify(
    {
      name: 'earshot-client',
      version,
      description:
        'Chat bots and clients for earshot servers: reconnects, catches up, sends and handles reliably.',
      license,
      type: 'module',
      exports: {
        '.': { types: './dist/library.d.ts', default: './index.js' },
        './package.json': './package.json',
      },
      sideEffects: ['./check-node.js'],
      engines,
    },
    null,
    2,
  )}\n`,
);
mkdirSync(into, { recursive: true });
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', into], {
  cwd: folder,
  encoding: 'utf8',
});
process.stdout.write(`${path.join(into, packed.trim().split('\n').at(-1) ?? '')}\n`);
rmSync(folder, { recursive: true });
