import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { alice, kindOf, plan, UploadScene } from '../../../tests/support/upload-scene.ts';
import type { UploadWriter } from './resumable-upload.ts';

test('whatever is cut, resumed and sent, the file is identical or every answer is a refusal', async (context) => {
  const connection = fc.constantFrom(0, 1);
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('pieces' as const),
      connection,
      lengths: fc.array(fc.integer({ min: 1, max: 9 })),
    }),
    fc.record({ kind: fc.constant('stray' as const), connection, offset: fc.nat(45) }),
    fc.record({ kind: fc.constant('cut' as const), connection }),
    fc.record({ kind: fc.constant('resume' as const), connection }),
    fc.record({ kind: fc.constant('commit' as const), connection }),
  );
  const scene = await UploadScene.open(context);
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.array(step), async (bytes, steps) => {
      const before = scene.announced.length;
      const feeds: (UploadWriter | undefined)[] = [await scene.begin(bytes), undefined];
      const id = feeds[0]?.id ?? '';
      let holder: number | undefined = 0;
      let isOver = false;
      const committed = (): boolean => scene.announced.length > before;
      for (const one of steps) {
        const writer = feeds[one.connection];
        const holds: boolean = holder === one.connection && !isOver;
        if (one.kind === 'resume') {
          const answer = await scene.uploads.resume(alice, id, plan(bytes));
          assert.equal('problem' in answer, isOver);
          if ('problem' in answer) continue;
          feeds[one.connection] = answer;
          holder = one.connection;
        } else if (writer === undefined) {
          // No connection has a writer.
        } else if (one.kind === 'cut') {
          writer.letGo();
          feeds[one.connection] = undefined;
          if (holder === one.connection) holder = undefined;
        } else if (one.kind === 'pieces') {
          let at = writer.offset;
          const answers = one.lengths.map((length) => {
            const piece = bytes.subarray(at, at + length);
            at += piece.length;
            return piece.length === 0 ? undefined : writer.write(at - piece.length, piece);
          });
          for (const answer of answers) {
            if (answer !== undefined) assert.equal(kindOf(await answer), holds ? undefined : 'not-found');
          }
        } else if (one.kind === 'stray') {
          if (one.offset === writer.offset) continue;
          const answer = kindOf(await writer.write(one.offset, Buffer.from('?')));
          assert.equal(answer, holds && !committed() ? 'conflict' : 'not-found');
          if (holds && !committed()) isOver = true;
        } else {
          const answer = await writer.commit(scene.announce);
          if (!holds) assert.equal(kindOf(answer), 'not-found');
          else if (writer.offset < bytes.length) assert.equal(kindOf(answer), 'conflict');
          else
            assert.deepEqual(kindOf(answer), {
              position: before + 1,
              reached: 1,
              sha256: plan(bytes).sha256,
            });
        }
      }
      const last = await scene.uploads.resume(alice, id, plan(bytes));
      assert.equal('problem' in last, isOver);
      if (!('problem' in last)) {
        if (last.offset < bytes.length) await last.write(last.offset, bytes.subarray(last.offset));
        assert.ok('position' in (await last.commit(scene.announce)));
        assert.deepEqual(await scene.bytesOf(scene.announced.at(-1)), Buffer.from(bytes));
        last.letGo();
      }
      assert.equal(scene.announced.length, isOver ? before : before + 1);
      ends.add(isOver ? 'refused' : 'announced');
    }),
  );
  assert.deepEqual([...ends].sort(), ['announced', 'refused']);
  await scene.uploads.close();
  assert.equal((await readdir(scene.folder)).length, scene.announced.length);
});
