import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type AddressPrefix,
  bytesOfAddress,
  formatAddressPrefix,
  parseAddressPrefix,
} from './address-prefix.ts';
import { PrefixTable } from './prefix-table.ts';

function prefix(text: string): AddressPrefix {
  const parsed = parseAddressPrefix(text);
  if (parsed === undefined || 'problem' in parsed) assert.fail(text);
  return parsed;
}

const tableOf = (texts: readonly string[]) =>
  new PrefixTable(texts.map((text) => ({ prefix: prefix(text), value: text })));

/** The bits of an address as text, to compare bit by bit. */
const bitsOf = (address: string): string =>
  bytesOfAddress(address)
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');

describe('a table of prefixes', () => {
  it('finds every prefix that an address is in, in whatever form the address comes', () => {
    const table = tableOf(['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '2001:db8::/32', '2001:db8::1', '::1']);
    assert.deepEqual(table.of('10.1.2.3').toSorted(), ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']);
    assert.deepEqual(table.of('::ffff:10.1.9.9').toSorted(), ['10.0.0.0/8', '10.1.0.0/16']);
    assert.deepEqual(table.of('2001:db8::1%eth0').toSorted(), ['2001:db8::/32', '2001:db8::1']);
    for (const other of ['11.0.0.1', '2001:db9::1', '::2', '', 'bob']) assert.deepEqual(table.of(other), []);
  });

  it('keeps the later one of two values for one prefix', () => {
    const table = new PrefixTable([
      { prefix: prefix('10.0.0.0/8'), value: 1 },
      { prefix: prefix('10.9.0.0/8'), value: 2 },
    ]);
    assert.deepEqual(table.of('10.1.1.1'), [2]);
  });

  it('finds what a comparison bit by bit finds', () => {
    // Few different bytes, so that many addresses are near one another.
    const byte = fc.constantFrom(0, 1, 127, 128, 255);
    const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
    const group = fc.constantFrom('0', '1', 'ffff', '8000');
    const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));
    const address = fc.oneof(v4, v6);
    const prefixes = fc.uniqueArray(
      address.chain((text) =>
        fc
          .integer(isIP(text) === 4 ? { min: 8, max: 32 } : { min: 16, max: 128 })
          .map((bits) => formatAddressPrefix(prefix(`${text}/${bits}`))),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(prefixes, address, (texts, asked) => {
        const all = bitsOf(asked);
        const expected = texts.filter((text) => {
          const { network, bits } = prefix(text);
          const own = bitsOf(network);
          return own.length === all.length && all.startsWith(own.slice(0, bits));
        });
        assert.deepEqual(tableOf(texts).of(asked).toSorted(), expected.toSorted());
      }),
    );
  });
});
