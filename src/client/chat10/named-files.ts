import { parseAttachWords } from '../../protocol/commands/attach-words.ts';
import { baseName } from '../../protocol/file-names.ts';

const attachCommand = /^!attach\s+(.*)$/su;

/**
 * The files that the user named in `!attach` and that the server has not asked for yet. In CHAT/1.0 the server
 * drives the upload ("ATTACH note.txt"): this list is what keeps it from driving us to any other file.
 */
export class NamedFiles {
  #waiting: string[] = [];
  #underWay = 0;
  #whenSettled: (() => void)[] = [];

  /** Remembers the file of `text` when that is an `!attach` command; other texts are nothing to it. */
  note(text: string): void {
    const [, rest] = attachCommand.exec(text) ?? [];
    if (rest === undefined) return;
    const { path, terms } = parseAttachWords(rest.trim());
    // A command that no server can carry out is never asked for.
    if (path !== '' && terms.length > 0) this.#waiting.push(path);
  }

  /**
   * The path, as the user typed it, that the server may now be sent for `asked`: the whole path, or its last
   * part, as some servers shorten it. Each `!attach` can be claimed once; `settle` has to follow.
   */
  claim(asked: string): string | undefined {
    const exact = this.#waiting.indexOf(asked);
    const index = exact >= 0 ? exact : this.#waiting.findIndex((path) => baseName(path) === asked);
    if (index < 0) return undefined;
    this.#underWay += 1;
    return this.#waiting.splice(index, 1)[0];
  }

  /** What was claimed has been answered. */
  settle(): void {
    this.#underWay -= 1;
    this.#tellWhenSettled();
  }

  /** Nothing will be asked for any more; what was waiting is returned. */
  forget(): readonly string[] {
    const forgotten = this.#waiting;
    this.#waiting = [];
    this.#tellWhenSettled();
    return forgotten;
  }

  /** Resolves when every file named so far has been asked for and answered, or forgotten. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSettled.push(resolve);
      this.#tellWhenSettled();
    });
  }

  #tellWhenSettled(): void {
    if (this.#waiting.length > 0 || this.#underWay > 0) return;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }
}
