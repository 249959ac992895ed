import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type AddressPrefix,
  formatAddressPrefix,
  isListed,
  listOf,
  parseAddressPrefix,
} from './address-prefix.ts';

function prefix(text: string): AddressPrefix {
  const parsed = parseAddressPrefix(text);
  if (parsed === undefined || 'problem' in parsed) assert.fail(`${text}: ${parsed?.problem}`);
  return parsed;
}

const shown = (text: string): string => formatAddressPrefix(prefix(text));

describe('a prefix of addresses', () => {
  for (const [text, expected] of [
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.0.2.255/25', '192.0.2.128/25'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:ffff::/32', '2001:db8::/32'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1/104', '10.0.0.0/8'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ] as const) {
    it(`${text} is ${expected}`, () => assert.equal(shown(text), expected));
  }

  for (const text of [
    '',
    'bob',
    '10.0.0',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    'fe80::1%lo',
    '1.2.3.4/x',
  ]) {
    it(`is not "${text}"`, () => assert.equal(parseAddressPrefix(text), undefined));
  }

  for (const text of ['0.0.0.0/0', '10.0.0.0/7', '::/0', '2001::/15', '10.0.0.0/33', '::1/129']) {
    it(`${text} is refused`, () => assert.ok('problem' in (parseAddressPrefix(text) ?? {})));
  }

  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => isIP(text) === 6),
  );

  it('means the same after it was shown', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 16, max: 32 }), (text, bits) => {
        const parsed = prefix(`${text}/${bits}`);
        assert.deepEqual(prefix(formatAddressPrefix(parsed)), parsed);
      }),
    );
  });

  it('contains the address that it was made from, and not one that differs in its last bit', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)),
        fc.integer({ min: 8, max: 32 }),
        (bytes, bits) => {
          const list = listOf([prefix(`${bytes.join('.')}/${bits}`)]);
          assert.ok(isListed(list, bytes.join('.')));
          assert.ok(isListed(list, `::ffff:${bytes.join('.')}`));
          const at = Math.ceil(bits / 8) - 1;
          const other = bytes.map((byte, index) =>
            index === at ? byte ^ (1 << (8 * (at + 1) - bits)) : byte,
          );
          assert.equal(isListed(list, other.join('.')), false);
        },
      ),
    );
  });

  it('of IPv6 contains an address exactly when their first bits are equal', () => {
    const ipV6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    const text = (value: bigint): string =>
      (value.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
    fc.assert(
      fc.property(
        ipV6,
        ipV6,
        fc.integer({ min: 16, max: 128 }),
        fc.boolean(),
        (one, random, bits, isNear) => {
          const rest = BigInt(128 - bits);
          const other = isNear ? ((one >> rest) << rest) | (random & ((1n << rest) - 1n)) : random;
          fc.pre(one >> 32n !== 0xffffn && other >> 32n !== 0xffffn);
          const list = listOf([prefix(`${text(one)}/${bits}`)]);
          assert.equal(isListed(list, text(other)), one >> rest === other >> rest);
        },
      ),
    );
  });

  it('does not contain what is no address', () => {
    assert.equal(isListed(listOf([prefix('::1')]), 'unix'), false);
    assert.ok(isListed(listOf([prefix('fe80::/64')]), 'fe80::1%eth0'));
  });
});
