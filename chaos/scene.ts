import { setTimeout as elapse } from 'node:timers/promises';
import { CuttingProxy } from '../tests/support/cutting-proxy.ts';
import type { Scope } from '../tests/support/scope.ts';
import type { Recorder } from './recorder.ts';

export const words = ['apple', 'pear', 'plum', 'kiwi', 'fig', 'lime', 'melon', 'grape'] as const;

export const password = 'correct horse';

/** What the clients of a run share. */
export class Scene {
  readonly scope: Scope;
  readonly recorder: Recorder;
  readonly random: () => number;
  /** Names of those who are logged in over verbs: a private message reaches them, or fails. */
  readonly onVerbs = new Set<string>();
  readonly wires: CuttingProxy[] = [];
  readonly accounts: readonly string[];
  /** No message is begun any more. */
  isQuiet = false;
  /** Nobody connects any more. */
  isOver = false;
  #port = 0;

  constructor(scope: Scope, recorder: Recorder, random: () => number, accounts: readonly string[]) {
    this.scope = scope;
    this.recorder = recorder;
    this.random = random;
    this.accounts = accounts;
  }

  /** The port of the server that runs. */
  get port(): number {
    return this.#port;
  }

  set port(port: number) {
    this.#port = port;
    for (const wire of this.wires) wire.target = port;
  }

  async openWire(): Promise<CuttingProxy> {
    const wire = await CuttingProxy.open(this.scope, this.#port);
    this.wires.push(wire);
    return wire;
  }

  choose<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[Math.floor(this.random() * values.length)] ?? values[0];
  }

  /** One or two words. */
  chooseWords(): readonly string[] {
    const first = this.choose(words);
    const second = this.choose(words);
    return first === second || this.random() < 0.5 ? [first] : [first, second];
  }

  /** Somewhat less or more than `ms`. */
  pause(ms: number): Promise<void> {
    return elapse(ms * (0.5 + this.random()));
  }
}
