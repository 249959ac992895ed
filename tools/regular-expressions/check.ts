/**
 * Checks that no regular expression of the sources can take more than linear time, whatever text it is given: many of
 * them see text that strangers send. It finds the literals with `acorn`, after Node has taken the types away, and asks
 * `recheck`. Ends with 1 when one is not linear or cannot be judged, or when one is made at run time, which nobody can
 * check here.
 */
import { globSync, readFileSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { tokenizer, tokTypes } from 'acorn';
import { checkSync } from 'recheck';

const root = path.join(import.meta.dirname, '..', '..');
const files = globSync('{src,bin}/**/*.{ts,js}', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
const judgeMs = 60_000;

interface Literal {
  readonly pattern: string;
  readonly flags: string;
}

const places = new Map<string, string>();
const literals = new Map<string, Literal>();
const problems: string[] = [];

for (const file of files) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const code = file.endsWith('.ts') ? module.stripTypeScriptTypes(text) : text;
  if (/\bRegExp\(/.test(code)) problems.push(`${file}: makes a regular expression at run time`);
  const tokens = tokenizer(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  for (const token of tokens) {
    if (token.type !== tokTypes.regexp || !('value' in token)) continue;
    const literal = token.value as Literal;
    const shown = `/${literal.pattern}/${literal.flags}`;
    literals.set(shown, literal);
    places.set(shown, file);
  }
}

for (const [shown, { pattern, flags }] of literals) {
  const found = checkSync(pattern, flags, { timeout: judgeMs, randomSeed: 1 });
  if (found.status === 'safe') continue;
  const why = found.status === 'vulnerable' ? found.complexity.summary : `not judged (${found.error.kind})`;
  problems.push(`${places.get(shown)}: ${shown} is ${why}`);
}

process.stdout.write(`${literals.size} regular expressions in ${files.length} files\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
