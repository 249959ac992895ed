import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { password } from '../../../tests/support/accounts-factory.ts';
import { ChatScene } from '../../../tests/support/chat-scene.ts';
import type { Device } from '../connection/device.ts';
import type { Message } from '../messages/entry.ts';
import type { NameHolder } from '../users/registry.ts';
import type { NotSent, SendOptions } from './messages.ts';

interface Outcome {
  readonly reached?: number;
  readonly position?: number;
  readonly recipient?: NameHolder | undefined;
  readonly refused?: NotSent;
}

const to = (name: string): Message => ({ kind: 'private', to: name, text: 'hello' });

function send(
  { messages }: ChatScene,
  device: Device,
  message: Message,
  options: SendOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    void messages.send(
      device,
      message,
      {
        onSent: (reached, position, recipient) => resolve({ reached, position, recipient }),
        onNotSent: (refused) => resolve({ refused }),
      },
      options,
    );
  });
}

async function loggedInAccount(scene: ChatScene, name: string): Promise<Device> {
  await scene.gate.stored.create(name, password, 0);
  return scene.device(await scene.logins.byPassword(scene.peer(), name, password));
}

const nowhere: readonly string[] = [];
const here = ['local'];

/** How bob comes to hold his name, and who then has it. */
const holders: readonly {
  readonly who: string;
  readonly hold: (scene: ChatScene) => Promise<unknown>;
  readonly holder: NameHolder;
}[] = [
  { who: 'nobody', hold: async () => {}, holder: { kind: 'nobody', nodes: nowhere } },
  {
    who: 'a guest who is online',
    hold: (scene) => scene.guest('bob'),
    holder: { kind: 'guest', nodes: here },
  },
  {
    who: 'a guest whose place is kept',
    hold: async (scene) => (await scene.guest('bob')).leave(true),
    holder: { kind: 'guest', nodes: nowhere },
  },
  {
    who: 'a guest who has left',
    hold: async (scene) => (await scene.guest('bob')).leave(),
    holder: { kind: 'nobody', nodes: nowhere },
  },
  {
    who: 'an account that is online',
    hold: (scene) => loggedInAccount(scene, 'bob'),
    holder: { kind: 'account', nodes: here },
  },
  {
    who: 'an account that is away',
    hold: async (scene) => (await loggedInAccount(scene, 'bob')).leave(),
    holder: { kind: 'account', nodes: nowhere },
  },
];

describe('a private message', () => {
  for (const { who, hold, holder } of holders) {
    it(`to ${who}`, async (context) => {
      const scene = await ChatScene.open(context);
      const ann = await scene.guest('ann');
      await hold(scene);
      const reached = holder.nodes.length;
      const isThere = holder.kind !== 'nobody';
      const file = { id: 'f'.repeat(32), name: 'x', bytes: 1, sha256: 'f'.repeat(64) };
      const messages = [to('bob'), { kind: 'attachment', terms: [], to: 'bob', file }] as const;
      for (const message of messages) {
        const { head } = scene.services.log;
        const sent = { reached, position: head + 1, recipient: holder };
        assert.deepEqual(await send(scene, ann, message), isThere ? sent : { refused: 'nobody' });
        assert.equal(scene.services.log.head, head + (isThere ? 1 : 0));
      }
      const onlineOnly = await send(scene, ann, to('bob'), { isForOnlineOnly: true });
      const refused = isThere ? 'not-online' : 'nobody';
      assert.deepEqual(onlineOnly.refused, reached > 0 ? undefined : refused);
      const problem = await scene.messages.recipientProblem(ann, 'bob');
      assert.equal(problem, isThere ? undefined : 'nobody', 'a file can be sent to whoever gets messages');
    });
  }

  it('to oneself is refused, also on another device', async (context) => {
    const scene = await ChatScene.open(context);
    const ann = await scene.guest('ann');
    const phone = scene.device(await scene.logins.returnGuest('ann', ann.user.guestToken ?? '', {}));
    for (const device of [ann, phone])
      assert.deepEqual(await send(scene, device, to('ann')), { refused: 'oneself' });
    assert.equal(await scene.messages.recipientProblem(ann, 'ann'), 'oneself');
    assert.equal(scene.services.log.head, 0);
  });

  it('to somebody whose account is being made goes to the account', async (context) => {
    const scene = await ChatScene.open(context);
    const ann = await scene.guest('ann');
    const held = scene.gate.hold('create');
    const made = scene.logins.createAccount(scene.peer(), 'bob', password, { tokenLabel: 'laptop' });
    await held.answered;
    assert.deepEqual((await send(scene, ann, to('bob'))).recipient, { kind: 'account', nodes: nowhere });
    held.go();
    await made;
  });
});

it('other messages have no recipient, and no rule about who is online', async (context) => {
  const scene = await ChatScene.open(context);
  const ann = await scene.guest('ann');
  for (const kind of ['text', 'broadcast'] as const) {
    const { refused, recipient } = await send(
      scene,
      ann,
      { kind, text: '@bob hello' },
      { isForOnlineOnly: true },
    );
    assert.deepEqual([refused, recipient], [undefined, undefined]);
  }
});

describe('a retry', () => {
  async function withSent(context: TestContext) {
    const scene = await ChatScene.open(context);
    const [ann, bob] = [await scene.guest('ann'), await scene.guest('bob')];
    const first = await send(scene, ann, to('bob'), { retryId: 'r' });
    assert.deepEqual([first.reached, first.position], [1, 1]);
    return { scene, ann, bob };
  }

  it('succeeds when its recipient has left since; another message does not', async (context) => {
    const { scene, ann, bob } = await withSent(context);
    bob.leave();
    const nobody = { kind: 'nobody', nodes: nowhere } as const;
    const again = await send(scene, ann, to('bob'), { retryId: 'r' });
    assert.deepEqual(again, { reached: 0, position: 1, recipient: nobody });
    assert.deepEqual(await send(scene, ann, to('bob'), { retryId: 'other' }), { refused: 'nobody' });
    assert.deepEqual(await send(scene, ann, to('bob')), { refused: 'nobody' });
    const carol = await scene.guest('carol');
    assert.deepEqual(await send(scene, carol, to('bob'), { retryId: 'r' }), { refused: 'nobody' });
    ann.leave();
    const nextAnn = await scene.guest('ann');
    assert.deepEqual(await send(scene, nextAnn, to('bob'), { retryId: 'r' }), { refused: 'nobody' });
    assert.equal(scene.services.log.head, 1);
  });

  it('does not reach the next guest of that name', async (context) => {
    const { scene, ann, bob } = await withSent(context);
    bob.leave();
    await scene.guest('bob');
    const again = await send(scene, ann, to('bob'), { retryId: 'r' });
    assert.deepEqual([again.reached, again.position, scene.services.log.head], [0, 1, 1]);
  });

  it('waits for the first, which may be on its way', async (context) => {
    const { scene, ann, bob } = await withSent(context);
    const first = send(scene, ann, to('bob'), { retryId: 's' });
    // They leave after they were found, and before the message is stored.
    bob.leave();
    const again = send(scene, ann, to('bob'), { retryId: 's' });
    assert.deepEqual([(await first).position, (await again).position], [2, 2]);
  });

  it('to somebody who must be online succeeds while they are away', async (context) => {
    const { scene, ann, bob } = await withSent(context);
    bob.leave(true);
    const options = { isForOnlineOnly: true };
    assert.equal((await send(scene, ann, to('bob'), { ...options, retryId: 'r' })).position, 1);
    assert.deepEqual(await send(scene, ann, to('bob'), options), { refused: 'not-online' });
  });
});

const step = fc.oneof(
  fc.constantFrom('come', 'break', 'leave').map((kind) => ({ kind }) as const),
  fc.record({
    kind: fc.constant('send' as const),
    retryId: fc.constantFrom(undefined, 'r', 's'),
    isForOnlineOnly: fc.boolean(),
    isText: fc.boolean(),
  }),
);

it('outcomes come in the order of the messages and follow the rule, whoever comes and goes', async (context) => {
  const scene = await ChatScene.open(context);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 19 }), async (steps) => {
      const [sender, name] = [`s${++run}`, `r${run}`];
      const device = await scene.guest(sender);
      let place: 'online' | 'kept' | undefined;
      let recipient: Device | undefined;
      let token = '';
      const stored = new Map<string, number>();
      let { head } = scene.services.log;
      const expected: Outcome[] = [];
      const outcomes: Outcome[] = [];
      for (const next of steps) {
        // Nobody comes or goes while a message is on its way, or it would reach whoever is there by then.
        if (next.kind !== 'send') await device.peer.allPosted();
        if (next.kind === 'come' && place !== 'online') {
          const back = place && (await scene.logins.returnGuest(name, token, {}));
          recipient = scene.device(back ?? (await scene.logins.registerGuest(name)));
          token = recipient.user.guestToken ?? '';
          place = 'online';
        } else if (next.kind === 'break' && place === 'online') {
          recipient?.leave(true);
          place = 'kept';
        } else if (next.kind === 'leave' && place === 'online') {
          recipient?.leave();
          place = undefined;
        } else if (next.kind === 'send') {
          const { retryId, isForOnlineOnly, isText } = next;
          const known = retryId === undefined ? undefined : stored.get(retryId);
          const mayGo = isText || place === 'online' || (place === 'kept' && !isForOnlineOnly);
          if (known !== undefined) expected.push({ reached: 0, position: known });
          else if (!mayGo) expected.push({ refused: place === undefined ? 'nobody' : 'not-online' });
          else {
            expected.push({ reached: !isText && place === 'online' ? 1 : 0, position: ++head });
            if (retryId !== undefined) stored.set(retryId, head);
          }
          const message: Message = isText ? { kind: 'text', text: 'hello' } : to(name);
          // As a session does: the next request is read when this is done, and perhaps not yet answered.
          await scene.messages.send(
            device,
            message,
            {
              onSent: (reached, position) => outcomes.push({ reached, position }),
              onNotSent: (refused) => outcomes.push({ refused }),
            },
            { retryId, isForOnlineOnly },
          );
        }
      }
      await device.peer.allPosted();
      assert.deepEqual(outcomes, expected);
      if (place === 'online') recipient?.leave();
      device.leave();
      scene.clock.advance(60_000);
    }),
    { numRuns: 100 },
  );
});
