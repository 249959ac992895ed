import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { Emitter } from './emitter.ts';

describe('Emitter', () => {
  it('calls listeners in the order they were added, a once listener once, and none after off', () => {
    const emitter = new Emitter<{ word: string }>();
    const heard: string[] = [];
    const leaver = (word: string) => heard.push(`leaver ${word}`);
    emitter
      .on('word', (word) => heard.push(`first ${word}`))
      .once('word', (word) => heard.push(`once ${word}`))
      .on('word', leaver);
    emitter.emit('word', 'a');
    emitter.off('word', leaver).emit('word', 'b');
    assert.deepEqual(heard, ['first a', 'once a', 'leaver a', 'first b']);
  });

  it('calls the other listeners when one throws, and the error is uncaught', () => {
    const program = `
      import { Emitter } from ${JSON.stringify(new URL('./emitter.ts', import.meta.url).href)};
      const emitter = new Emitter();
      emitter.on('word', () => { throw new Error('a bug of the bot'); });
      emitter.on('word', (word) => console.log(word));
      emitter.emit('word', 'told');
      console.log('went on');`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [1, 'told\nwent on\n']);
    assert.match(stderr, /a bug of the bot/);
  });

  it('keeps the order across once and off, and calls nobody who was taken off before', () => {
    const heard: string[] = [];
    const emitter = new Emitter<{ said: string }>();
    const always = (text: string) => heard.push(`always ${text}`);
    const first = (text: string) => heard.push(`first ${text}`);
    const never = (text: string) => heard.push(`never ${text}`);
    emitter.on('said', always).once('said', first).once('said', never).off('said', never);
    emitter.emit('said', 'a');
    emitter.emit('said', 'b');
    emitter.off('said', always).emit('said', 'c');
    assert.deepEqual(heard, ['always a', 'first a', 'always b']);
  });
});
