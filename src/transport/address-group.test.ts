import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addressGroup, plainAddress } from './address-group.ts';

it('returns an IPv4 address, or the network of an IPv6 address', () => {
  for (const [address, group] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['1::2:3:4:5:6', '1:0:0:2::/64'],
    ['1::2:3:4:192.0.2.1', '1:0:0:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['unix', 'unix'],
  ] as const) {
    assert.equal(addressGroup(address), group, address);
  }
});

it('shows IPv4 in IPv6 form as IPv4, and everything else as it is', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  for (const other of ['192.0.2.1', '::1', '::ffff:c000:201', '::1:ffff:192.0.2.1', 'fe80::1%eth0', ''])
    assert.equal(plainAddress(other), other);
});
