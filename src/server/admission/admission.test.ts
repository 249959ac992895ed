import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { Admission, describeBan, type Entrance, maxBans, maxInvitations } from './admission.ts';
import { AdmissionFileError } from './admission-file.ts';

async function scene(context: TestContext) {
  const clock = new FakeClock();
  const file = join(await temporaryFolder(context), 'admission.json');
  return { clock, file, open: () => Admission.open(file, clock) };
}

const taken = (entrance: Entrance) =>
  (entrance.kind === 'open' && entrance.taken) || assert.fail(`not let in: ${entrance.kind}`);

describe('bans', () => {
  it('hold for names and addresses, also after a restart, in a file of the owner', async (context) => {
    const { clock, file, open } = await scene(context);
    const before = open();
    const madeMs = clock.nowMs();
    assert.ok(await before.ban({ kind: 'name', subject: 'bob', madeMs, why: 'spam' }));
    assert.ok(await before.ban({ kind: 'address', subject: '10.0.0.0/8', madeMs }));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    for (const admission of [before, open()]) {
      assert.equal(admission.banOfName('bob')?.why, 'spam');
      assert.equal(admission.banOfName('Bob'), undefined);
      assert.equal(admission.banOfAddress('::ffff:10.9.8.7')?.subject, '10.0.0.0/8');
      assert.equal(admission.banOfAddress('11.0.0.1'), undefined);
    }
  });

  it('end by themselves', async (context) => {
    const { clock, open } = await scene(context);
    const admission = open();
    const madeMs = clock.nowMs();
    await admission.ban({ kind: 'name', subject: 'bob', madeMs, untilMs: madeMs + 1000 });
    await admission.ban({ kind: 'address', subject: '10.0.0.1', madeMs, untilMs: madeMs + 1000 });
    clock.advance(999);
    assert.ok(admission.banOfName('bob') && admission.banOfAddress('10.0.0.1'));
    clock.advance(1);
    assert.equal(admission.banOfName('bob') ?? admission.banOfAddress('10.0.0.1'), undefined);
    assert.deepEqual(admission.bans, []);
  });

  it('are lifted, and replaced by a later one of the same subject', async (context) => {
    const { open } = await scene(context);
    const admission = open();
    await admission.ban({ kind: 'name', subject: 'bob', madeMs: 1, why: 'one' });
    await admission.ban({ kind: 'name', subject: 'bob', madeMs: 2, why: 'two' });
    assert.deepEqual(admission.bans.map(describeBan), ['This name is banned: two']);
    const untilMs = Date.UTC(2026, 10, 29, 1, 42, 59);
    await admission.ban({ kind: 'name', subject: 'bob', madeMs: 3, untilMs });
    assert.deepEqual(admission.bans.map(describeBan), ['This name is banned until 2026-11-29 01:42 UTC']);
    assert.equal(await admission.unban({ kind: 'name', subject: 'bob' }), true);
    assert.equal(await admission.unban({ kind: 'name', subject: 'bob' }), false);
  });

  it('hold when they are written: one that cannot be is none, and keeps no later one away', async (context) => {
    const { file, open } = await scene(context);
    const admission = open();
    mkdirSync(`${file}.new`);
    await assert.rejects(admission.ban({ kind: 'name', subject: 'bob', madeMs: 1 }), { code: 'EISDIR' });
    assert.equal(admission.banOfName('bob'), undefined);
    rmdirSync(`${file}.new`);
    assert.ok(await admission.ban({ kind: 'name', subject: 'carol', madeMs: 2 }));
    assert.deepEqual(
      open().bans.map(({ subject }) => subject),
      ['carol'],
    );
  });

  it('have a bound, and only those in force count', async (context) => {
    const { clock, file, open } = await scene(context);
    const untilMs = clock.nowMs() + 1000;
    const bans = Array.from({ length: maxBans }, (_, at) => ({
      ...{ kind: 'name', subject: `user${at}`, madeMs: 1 },
      ...(at === 0 && { untilMs }),
    }));
    writeFileSync(file, JSON.stringify({ version: 1, registration: 'open', bans, invitations: [] }));
    const admission = open();
    const one = { kind: 'name', subject: 'one-more', madeMs: 2 } as const;
    assert.equal(await admission.ban(one), false);
    assert.ok(await admission.ban({ ...one, subject: 'user1' }), 'in place of another');
    clock.advance(1000);
    assert.equal(await admission.unban({ kind: 'name', subject: 'user0' }), false, 'it has ended');
    assert.ok(await admission.ban(one));
  });

  it('of an address are found at once, however many there are', async (context) => {
    const { file, open } = await scene(context);
    const bans = Array.from({ length: maxBans }, (_, at) => ({
      kind: 'address',
      subject: `10.${at >> 8}.${at & 255}.7`,
      madeMs: 1,
    }));
    writeFileSync(file, JSON.stringify({ version: 1, registration: 'open', bans, invitations: [] }));
    const admission = open();
    const last = bans.at(-1)?.subject ?? assert.fail();
    const before = process.cpuUsage();
    for (let time = 0; time < 200; time++) assert.equal(admission.banOfAddress(last)?.subject, last);
    const { user } = process.cpuUsage(before);
    // When each ban was looked at, it took 20 s.
    assert.ok(user < 2_000_000, `${user} µs`);
  });

  it('are not forgotten because the file is damaged', async (context) => {
    const { file, open } = await scene(context);
    for (const text of [
      '',
      '{"version":1}',
      '{"version":2,"registration":"open","bans":[],"invitations":[]}',
    ]) {
      writeFileSync(file, text);
      assert.throws(open, AdmissionFileError, text);
    }
  });
});

describe('an invitation', () => {
  it('lets one account in, however it is written, and can be given back', async (context) => {
    const { clock, file, open } = await scene(context);
    const admission = open();
    await admission.setRegistration('invite');
    const code = (await admission.invite(clock.nowMs() + 1000)) ?? assert.fail();
    assert.match(code, /^(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}$/);
    assert.ok(!readFileSync(file, 'utf8').includes(code), 'only its hash is stored');
    assert.deepEqual(await admission.accountEntrance(undefined), { kind: 'uninvited', isWrong: false });
    assert.deepEqual(await admission.accountEntrance('AAAA'), { kind: 'uninvited', isWrong: true });
    const invitation = taken(await admission.accountEntrance(code.toLowerCase().replaceAll('-', '')));
    assert.deepEqual(await open().accountEntrance(code), { kind: 'uninvited', isWrong: true });
    await admission.giveBack(invitation);
    taken(await open().accountEntrance(code));
  });

  it('of which two people make use at once lets one of them in', async (context) => {
    const { clock, open } = await scene(context);
    const admission = open();
    await admission.setRegistration('invite');
    const code = await admission.invite(clock.nowMs() + 1000);
    const both = await Promise.all([admission.accountEntrance(code), admission.accountEntrance(code)]);
    assert.deepEqual(both.map(({ kind }) => kind).sort(), ['open', 'uninvited']);
  });

  it('ends', async (context) => {
    const { clock, open } = await scene(context);
    const admission = open();
    await admission.setRegistration('invite');
    const code = await admission.invite(clock.nowMs() + 1000);
    assert.equal(admission.invitations, 1);
    clock.advance(1000);
    assert.equal(admission.invitations, 0);
    assert.deepEqual(await admission.accountEntrance(code), { kind: 'uninvited', isWrong: true });
  });
});

it('of invitations there is a bound, and only those that can be used count', async (context) => {
  const { clock, file, open } = await scene(context);
  const untilMs = clock.nowMs() + 1000;
  const invitations = Array.from({ length: maxInvitations }, (_, at) => ({ sha256: `${at}`, untilMs }));
  writeFileSync(file, JSON.stringify({ version: 1, registration: 'invite', bans: [], invitations }));
  const admission = open();
  assert.equal(await admission.invite(untilMs), undefined);
  clock.advance(1000);
  assert.ok(await admission.invite(untilMs + 1000));
});

it('nobody new is let in while registration is closed', async (context) => {
  const { open } = await scene(context);
  await open().setRegistration('closed');
  const admission = open();
  assert.deepEqual(admission.guestEntrance(), { kind: 'closed' });
  assert.deepEqual(await admission.accountEntrance('AAAA'), { kind: 'closed' });
});
