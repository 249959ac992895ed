import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { randomFrom } from '../tests/support/random.ts';
import { testServer } from '../tests/support/server.ts';
import { WireClient } from '../tests/support/wire-client.ts';
import { Recorder } from './recorder.ts';
import { Scene } from './scene.ts';
import { Chat10Guest } from './strangers.ts';

it('waits for a message only on the connection that has to get it', async (test) => {
  const { port } = await testServer(test);
  const recorder = new Recorder();
  const scene = new Scene(test, recorder, randomFrom(1), []);
  scene.port = port;
  scene.isQuiet = true;
  const wire = await scene.openWire();
  const guest = new Chat10Guest(scene, 'gn', wire);
  guest.talk();
  test.after(() => {
    scene.isOver = true;
    return guest.close();
  });
  const isIn = async (connections: number): Promise<void> => {
    const { readings, follows } = recorder;
    while (readings.length < connections || follows.some(({ endedMs }) => endedMs === undefined))
      await turn();
  };
  await isIn(1);
  const speaker = await WireClient.connect(test, { port });
  await speaker.ask('REGISTER amy CHAT/1.0');
  const broadcast = () => recorder.send({ from: 'amy', device: 'amy', wire: 'CHAT/1.0', terms: ['@all'] });

  const first = broadcast();
  assert.equal(guest.hasGot(first), false);
  speaker.send(`@all ${first.id}\n`);
  while (!guest.hasGot(first)) await turn();

  const second = broadcast();
  assert.equal(guest.hasGot(second), false);
  wire.cutAll();
  await isIn(2);
  assert.equal(guest.hasGot(second), true, 'a connection made later is not owed it');
});
