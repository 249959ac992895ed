import path from 'node:path';

/** Path from the root of the repository, with `/`, to text. */
export type Files = ReadonlyMap<string, string>;

interface ImportRule {
  readonly folder: string;
  /** The only paths outside of `folder` that it may import; `packages` are npm's, `node` is Node's. */
  readonly only?: readonly string[];
  readonly never?: readonly string[];
}

const protocolsOfWires = ['chat10', 'chat11', 'verbs'].map((wire) => `src/protocol/${wire}`);

/** The folders of `join`, each of which may import from those before it, and what they must not know of. */
const partsOfJoin = [
  'account',
  'files',
  'sending',
  'session',
  'commands',
  'input',
  'conversation',
  'chat10',
].map((part) => `src/terminal/join/${part}`);

/** A file obeys every row whose folder it is in. Tests beside modules are free. */
export const importRules: readonly ImportRule[] = [
  { folder: 'src', never: ['tests', 'bench', 'chaos'] },
  { folder: 'src/protocol', only: [] },
  { folder: 'src/protocol/commands', never: protocolsOfWires },
  { folder: 'src/scheduling', only: [] },
  { folder: 'src/transport', only: ['src/protocol', 'src/scheduling', 'node', 'packages'] },
  {
    folder: 'src/transport/udp',
    only: ['src/transport/connection.ts', 'src/transport/address-group.ts', 'node'],
  },
  { folder: 'src/transport/udp/packets', only: ['node'] },
  {
    folder: 'src/transport/udp/trace',
    only: [
      ...['packets', 'recovery', 'path.ts', 'handshake/key-exchange.ts'].map(
        (part) => `src/transport/udp/${part}`,
      ),
      'node',
    ],
  },
  {
    folder: 'src/client',
    only: [
      ...['src/protocol', 'src/scheduling', 'src/transport/address.ts'],
      ...['src/transport/connection.ts', 'src/transport/input.ts'],
    ],
  },
  {
    folder: 'src/client-node',
    only: ['src/protocol', 'src/transport', 'src/scheduling', 'src/client', 'node'],
  },
  {
    folder: 'src/web',
    only: [
      ...['src/protocol', 'src/scheduling', 'src/client', 'packages'],
      ...['src/transport/address.ts', 'src/transport/connection.ts'],
    ],
  },
  { folder: 'src/web/host', never: ['src/web/model', 'src/web/view', 'packages'] },
  { folder: 'src/web/model', never: ['src/web/view', 'packages'] },
  { folder: 'src/command-line', never: ['src/client-node', 'src/scheduling'] },
  { folder: 'src/terminal', never: ['src/server', 'src/command-line'] },
  {
    folder: 'src/terminal/editor',
    only: [
      ...['src/scheduling', 'src/terminal/text.ts', 'src/terminal/attention.ts', 'src/terminal/graphemes.ts'],
      ...['node', 'packages'],
    ],
  },
  ...partsOfJoin.map((folder, at) => ({
    folder,
    never: ['src/terminal/join/main.ts', ...partsOfJoin.slice(at + 1)],
  })),
  { folder: 'src/terminal/join/chat10', never: ['src/terminal/join/conversation'] },
  { folder: 'src/server', never: ['src/terminal', 'src/client', 'src/command-line'] },
  { folder: 'src/server/sqlite', only: ['node'] },
  { folder: 'src/server/counts', only: [] },
  {
    folder: 'src/server/tls',
    only: [
      'src/scheduling',
      'src/transport',
      'src/exit-codes.ts',
      'src/server/start-error.ts',
      'node',
      'packages',
    ],
  },
  { folder: 'src/server/udp', only: ['src/exit-codes.ts', 'src/server/start-error.ts', 'node'] },
  { folder: 'src/server/logging', only: ['src/scheduling', 'node', 'packages'] },
  { folder: 'src/server/messages', only: ['src/protocol'] },
  {
    folder: 'src/server/log',
    only: [
      ...['src/protocol', 'src/scheduling', 'src/server/counts', 'src/server/messages', 'src/server/sqlite'],
      ...['node', 'packages'],
    ],
  },
  {
    folder: 'src/server/accounts',
    only: [
      ...['src/protocol', 'src/scheduling', 'src/transport/address-group.ts'],
      ...['src/server/messages', 'src/server/sqlite', 'node'],
    ],
  },
  {
    folder: 'src/server/files',
    only: ['src/protocol', 'src/scheduling', 'src/server/messages', 'src/server/log', 'node', 'packages'],
  },
  { folder: 'src/server/admission', only: ['src/protocol', 'src/scheduling', 'node'] },
  { folder: 'src/server/follow', only: ['src/protocol', 'src/server/messages'] },
  {
    folder: 'src/server/outbox',
    only: ['src/protocol', 'src/scheduling', 'src/transport', 'src/server/messages'],
  },
  {
    folder: 'src/server/hub',
    only: [
      ...['src/scheduling', 'src/server/messages', 'src/server/log', 'src/server/logging', 'packages'],
      ...['src/server/counts', 'src/server/follow', 'src/server/outbox'],
    ],
  },
  {
    folder: 'src/server/operators',
    never: ['wires', 'chat', 'hub', 'follow'].map((name) => `src/server/${name}`),
  },
  {
    folder: 'src/server/users',
    only: [
      ...['src/protocol', 'src/scheduling', 'node', 'src/server/accounts', 'src/server/files'],
      ...['src/server/follow', 'src/server/hub'],
    ],
  },
  {
    folder: 'src/server/connection',
    never: [
      ...protocolsOfWires,
      ...['accounts', 'chat', 'wires', 'sqlite'].map((name) => `src/server/${name}`),
    ],
  },
  {
    folder: 'src/server/chat',
    never: [...protocolsOfWires, ...['wires', 'sqlite', 'hub', 'outbox'].map((name) => `src/server/${name}`)],
  },
  {
    folder: 'src/server/http',
    never: ['chat', 'wires', 'sqlite', 'log', 'follow', 'metrics'].map((name) => `src/server/${name}`),
  },
  {
    folder: 'src/server/metrics',
    only: [
      ...['src/scheduling', 'src/server/counts', 'src/server/connection', 'src/server/http/route.ts'],
      ...['src/transport/udp/counts.ts', 'node', 'packages'],
    ],
  },
  {
    folder: 'src/server/wires',
    never: ['src/server/log', 'src/server/sqlite', 'src/server/follow', 'src/server/outbox'],
  },
  ...['chat10', 'chat11', 'verbs'].map((wire) => ({
    folder: `src/server/wires/${wire}`,
    never: ['chat10', 'chat11', 'verbs']
      .filter((other) => other !== wire)
      .flatMap((other) => [`src/server/wires/${other}`, `src/protocol/${other}`]),
  })),
];

const isTest = (file: string): boolean => file.endsWith('.test.ts');
const isWithin = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

const blockComment = /\/\*[\s\S]*?\*\//g;
const lineComment = /^\s*\/\/.*$/gm;
const staticImport = /^\s*(?:import|export)\b(?:[^'";]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;
const dynamicImport = /\bimport\(\s*([^)]*)\)/g;

/** What `text` imports, as written: static, for side effects, re-exported, and dynamic. */
export function importedBy(text: string): string[] {
  const code = text.replace(blockComment, '').replace(lineComment, '');
  const dynamic = [...code.matchAll(dynamicImport)].map(([, argument = '']) => {
    // Kept with its quotes off when it is a plain string; anything else cannot be checked and is no path.
    return /^(['"])([^'"]+)\1,?\s*$/.exec(argument.trim())?.[2] ?? `a computed path (${argument.trim()})`;
  });
  return [...[...code.matchAll(staticImport)].map(([, , specifier = '']) => specifier), ...dynamic];
}

/** Where an import leads: a path in the repository, `node`, `packages`, or undefined when nobody can tell. */
function targetOf(specifier: string, file: string): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(file), specifier);
  if (specifier.startsWith('node:')) return 'node';
  return specifier.includes(' ') ? undefined : 'packages';
}

function breaks(rule: ImportRule, file: string, target: string): boolean {
  if (!isWithin(file, rule.folder) || isWithin(target, rule.folder)) return false;
  if (rule.never?.some((place) => isWithin(target, place)) === true) return true;
  return rule.only !== undefined && !rule.only.some((place) => isWithin(target, place));
}

export function forbiddenImports(files: Files): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    if (!file.startsWith('src/') || isTest(file)) continue;
    for (const specifier of importedBy(text)) {
      const target = targetOf(specifier, file);
      if (target === undefined) found.push(`${file} imports ${specifier}`);
      else if (importRules.some((rule) => breaks(rule, file, target)))
        found.push(`${file} imports ${target}`);
    }
  }
  return found;
}

/**
 * Imports from a folder that stands after the importing one in `folders`, and is none within it. A file belongs to the
 * innermost of the folders that it is in.
 */
export function importsAgainstOrder(files: Files, folders: readonly string[]): string[] {
  const innermost = (file: string): string | undefined =>
    folders.filter((folder) => isWithin(file, folder)).sort((a, b) => b.length - a.length)[0];
  const found: string[] = [];
  for (const [file, text] of files) {
    const own = innermost(file);
    if (own === undefined || isTest(file)) continue;
    for (const specifier of importedBy(text)) {
      const target = targetOf(specifier, file) ?? '';
      const other = innermost(target);
      if (other === undefined || isWithin(other, own) || folders.indexOf(other) < folders.indexOf(own))
        continue;
      found.push(`${file} imports ${target}`);
    }
  }
  return found;
}

/**
 * Circles of imports among modules, imports of types included: each as its modules, sorted. Tarjan's algorithm for
 * strongly connected components.
 */
export function importCircles(files: Files): string[][] {
  const sources = new Map([...files].filter(([file]) => file.startsWith('src/') && !isTest(file)));
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.size - 1);
    open.push(file);
    for (const specifier of importedBy(sources.get(file) ?? '')) {
      const target = targetOf(specifier, file) ?? '';
      if (!sources.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (open.includes(target)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of sources.keys()) if (!order.has(file)) visit(file);
  return circles;
}
