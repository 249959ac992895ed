import type { VerbsHandlers } from '../../client/verbs/verbs-client.ts';
import { isUserName } from '../../protocol/names.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Answer } from '../../protocol/verbs/event.ts';
import type { Screen } from '../screen.ts';

const results = { ok: 'Success', failure: 'Failure', malformed: 'Malformed' } as const;

/**
 * Shows the server's answers and deliveries in `earshot console`, in the words of CS3560. What a server calls a name is in
 * quotes when it cannot be one, so that neither looks like the other.
 */
export class ConsoleHandlers implements VerbsHandlers {
  readonly #screen: Screen;
  readonly #onReady: () => void;

  constructor(screen: Screen, onReady: () => void) {
    this.#screen = screen;
    this.#onReady = onReady;
  }

  onReady(): void {
    this.#onReady();
  }

  onAnswer(answer: Answer): void {
    if (answer.kind === 'response') this.#screen.show(results[answer.result]);
    else if (answer.names.length > 0) this.#screen.show([{ text: answer.names.map(named).join(' ') }]);
    else this.#screen.notice('Nobody is logged in');
  }

  onDelivery(sender: string, text: string): void {
    // Not as one string: the text of a user called Error is no refusal.
    this.#screen.show([{ text: named(sender), style: 'name' }, { text: `: ${text}` }]);
  }

  onProblem(problem: string): void {
    this.#screen.problem(problem);
  }
}

function named(name: string): string {
  return isUserName(name) ? name : quoteShort(name);
}
