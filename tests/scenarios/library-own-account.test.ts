import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '../../src/library.ts';
import { closing, next } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const accounts = { alice: 'correct horse' };
const alice = { name: 'alice', password: 'correct horse' } as const;

describe("the library, about one's own account", () => {
  it('changes the password: other clients are closed, this one stays, and its kept token is the new one', async (t) => {
    const { port } = await testServer(t, { accounts });
    const address = `chat://127.0.0.1:${port}`;
    const stateFolder = await temporaryFolder(t);
    const desk = closing(t, await connect(address, { ...alice, stateFolder, keepToken: true }));
    const phone = closing(t, await connect(address, { ...alice, stateFolder: false }));
    const closed = next(phone, 'closed');
    await assert.rejects(desk.changePassword('a wrong one', 'another horse'), { code: 403 });
    await assert.rejects(desk.changePassword(alice.password, 'short'), { code: 422 });
    await desk.changePassword(alice.password, 'another horse');
    assert.equal((await closed).why, 'What let you in was revoked; log in again');
    assert.equal((await desk.send('still here')).position, 1);
    await desk.close();
    await assert.rejects(connect(address, { ...alice, stateFolder: false }), { reason: 'wrong-password' });
    const again = closing(
      t,
      await connect(address, { name: 'alice', token: true, stateFolder, keepToken: true }),
    );
    assert.equal(again.isGuest, false);
  });

  it('stays when the connection breaks before it knows that the password is changed', async (t) => {
    const server = await testServer(t, { accounts });
    const proxy = await CuttingProxy.open(t, server.port);
    const address = `chat://127.0.0.1:${proxy.port}`;
    const desk = closing(t, await connect(address, { ...alice, stateFolder: false }));
    const online = next(desk, 'online');
    const cut = proxy.cut(0, 'server');
    await assert.rejects(desk.changePassword(alice.password, 'another horse'), { reason: 'unknown' });
    await cut;
    desk.reconnectNow();
    await online;
    await assert.rejects(desk.changePassword(alice.password, 'a third horse'), { code: 403 });
    await desk.changePassword('another horse', 'a third horse');
  });

  it('lists the devices, and ends one of them, or itself', async (t) => {
    const { port } = await testServer(t, { accounts });
    const address = `chat://127.0.0.1:${port}`;
    const desk = closing(t, await connect(address, { ...alice, stateFolder: false }));
    const phone = closing(t, await connect(address, { ...alice, stateFolder: false }));
    const [own, other] = [...(await desk.devices())].sort((a, b) => Number(b.isThis) - Number(a.isThis));
    assert.deepEqual([own?.isThis, other?.isThis], [true, false]);
    assert.equal(own?.label, 'CHAT/1.1 from 127.0.0.1');
    const closed = next(phone, 'closed');
    await desk.revokeDevice(other?.id ?? 0);
    assert.match((await closed).why ?? '', /revoked/);
    await assert.rejects(desk.revokeDevice(other?.id ?? 0), { code: 404 });
    const left = next(desk, 'closed');
    await desk.revokeDevice(own?.id ?? 0);
    assert.match((await left).why ?? '', /revoked/);
    const guest = closing(t, await connect(address, { name: 'carol', stateFolder: false }));
    await assert.rejects(guest.devices(), { code: 409 });
  });

  it('leaves no login behind that nobody has, and so takes the place of none that is kept', async (t) => {
    const { port } = await testServer(t, { accounts, limits: { tokensPerAccount: 2 } });
    const address = `chat://127.0.0.1:${port}`;
    const stateFolder = await temporaryFolder(t);
    const kept = { name: 'alice', stateFolder, keepToken: true } as const;
    await (await connect(address, { ...kept, password: alice.password })).close();
    for (let script = 0; script < 3; script++)
      await (await connect(address, { ...alice, stateFolder: false })).close();
    const again = closing(t, await connect(address, { ...kept, token: true }));
    // The last script has left, but the server may not have read that yet.
    while ((await again.devices()).length > 1) {}
    assert.deepEqual(
      (await again.devices()).map(({ isThis }) => isThis),
      [true],
    );
  });
});
