import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { columnsOf, segmentsOf } from './graphemes.ts';

it('counts columns as string-width does', () => {
  for (let code = 0x20; code < 0x3000; code++) {
    if (code >= 0x7f && code < 0xa0) continue;
    const character = String.fromCodePoint(code);
    assert.equal(columnsOf(character), stringWidth(character), code.toString(16));
  }
  const character = fc.constantFrom(...'aZ ~é–…’“”ÿ', '\u0301', '漢', '👩', '\u200d', '\ufe0f', '🇵');
  fc.assert(
    fc.property(fc.array(character), (characters) => {
      const text = characters.join('');
      assert.equal(columnsOf(text), stringWidth(text));
    }),
  );
});

it('splits into graphemes', () => {
  assert.deepEqual(
    [...segmentsOf('ae\u0301🇵🇹!')].map(({ segment }) => segment),
    ['a', 'e\u0301', '🇵🇹', '!'],
  );
});

it('loads no table for a first screen in ASCII', () => {
  const program =
    `const { columnsOf } = await import(${JSON.stringify(new URL('./graphemes.ts', import.meta.url).href)});` +
    `const has = () => Object.keys(process.getBuiltinModule('module')._cache).some((file) => file.includes('string-width'));` +
    `columnsOf('> a draft…'); const before = has(); columnsOf('漢'); console.log(before, has());`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.equal(stdout, 'false true\n');
});
