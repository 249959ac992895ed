import { parseAttachWords } from '../../protocol/commands/attach-words.ts';
import { baseName } from '../../protocol/file-names.ts';

const attachCommand = /^!attach\s+(.*)$/su;

/**
 * The files that the user named in `!attach` and that the server has not requested yet. In CHAT/1.0 the server requests
 * the upload ("ATTACH note.txt"): this list keeps it from reading any other file.
 */
export class NamedFiles {
  #waiting: string[] = [];
  #underWay = 0;
  #whenSettled: (() => void)[] = [];

  /** Adds the file that `text` names if it is an `!attach` command. */
  note(text: string): void {
    const [, rest] = attachCommand.exec(text) ?? [];
    if (rest === undefined) return;
    const { path, terms } = parseAttachWords(rest.trim());
    // No server requests the file of an incomplete command.
    if (path !== '' && terms.length > 0) this.#waiting.push(path);
  }

  /**
   * Returns the path, as the user typed it, that the server may read when it requests `asked`: the whole path or, as
   * some servers shorten it, its last part. Removes it from the list. Call `settle` when the request is answered.
   */
  claim(asked: string): string | undefined {
    const exact = this.#waiting.indexOf(asked);
    const index = exact >= 0 ? exact : this.#waiting.findIndex((path) => baseName(path) === asked);
    if (index < 0) return undefined;
    this.#underWay += 1;
    return this.#waiting.splice(index, 1)[0];
  }

  /** A claimed file was answered. */
  settle(): void {
    this.#underWay -= 1;
    this.#tellWhenSettled();
  }

  /** Empties the list, and returns what it held. */
  forget(): readonly string[] {
    const forgotten = this.#waiting;
    this.#waiting = [];
    this.#tellWhenSettled();
    return forgotten;
  }

  /** Resolves when every file named so far was requested and answered, or forgotten. */
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
