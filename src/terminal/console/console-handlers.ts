import type { VerbsHandlers } from '../../client/verbs/verbs-client.ts';
import type { Answer } from '../../protocol/verbs/event.ts';
import type { Screen } from '../screen.ts';

const results = { ok: 'Success', failure: 'Failure', malformed: 'Malformed' } as const;

/** Shows the server's answers and deliveries in `earshot console`, in the words of CS3560. */
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
    else if (answer.names.length > 0) this.#screen.show(answer.names.join(' '));
    else this.#screen.notice('Nobody is logged in');
  }

  onDelivery(sender: string, text: string): void {
    this.#screen.show(`${sender}: ${text}`);
  }

  onProblem(problem: string): void {
    this.#screen.problem(problem);
  }
}
