import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { botScene, quiet, textOf } from '../support/bot-scene.ts';
import { closing, next } from '../support/client-events.ts';
import { startStandIn } from '../support/stand-in-server.ts';

describe('a reply', () => {
  it('goes where the message came from: in private, or in public with the name in front', async (t) => {
    const { bot, alice } = await botScene(t);
    const asked = bot.messages();
    const answer = async (text: string) => {
      const heard = next(alice, 'message');
      const { value } = await asked.next();
      assert.ok(value?.kind === 'message');
      await bot.reply(value, text);
      const { to, text: words } = await heard;
      return [to, words];
    };
    await alice.send('a job for somebody');
    assert.deepEqual(await answer('I do it'), [undefined, '@alice I do it']);
    await alice.sendTo('keeper', 'psst');
    assert.deepEqual(await answer('yes?'), ['alice', 'yes?']);
    const heard = next(alice, 'message');
    await bot.reply({ from: 'keeper', to: 'alice' }, 'still there?');
    assert.deepEqual((await heard).to, 'alice');
  });
});

describe('a bot over CHAT/1.0', () => {
  it('handles messages in order, once, and is told when it loses some', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const bot = closing(t, await connect(server.address, { ...quiet, name: 'keeper', follow: ['job'] }));
    const alice = closing(t, await connect(server.address, { ...quiet, name: 'alice', follow: ['@keeper'] }));
    assert.equal(bot.protocol, 'CHAT/1.0');
    const entries = bot.messages();
    const lost = next(bot, 'notice');
    for (let i = 0; i < 1_001; i++) await alice.send(`job ${i}`);
    assert.match((await lost).text, /Messages are lost/);
    const texts: string[] = [];
    for await (const entry of entries) {
      texts.push(textOf(entry));
      if (texts.length === 1_000) break;
    }
    assert.deepEqual([texts[0], texts.at(-1)], ['job 0', 'job 999']);
    const answer = next(alice, 'message');
    await bot.reply({ from: 'alice', to: undefined }, 'done');
    assert.equal((await answer).text, '@alice done');
  });
});
