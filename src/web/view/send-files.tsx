import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { FileAudience } from '../../client/client.ts';
import { parseTermList } from '../../protocol/commands/term-list.ts';
import { termProblem } from '../../protocol/terms.ts';
import type { Chat } from '../model/chat.ts';
import { Dialog } from './dialog.tsx';
import { shownText } from './shown-text.ts';
import { sizeOf } from './times.ts';

/** Asks for whom some files are. */
export function SendFiles({
  chat,
  files,
  onClose,
}: {
  readonly chat: Chat;
  readonly files: readonly File[];
  onClose(): void;
}): ComponentChildren {
  const { filter } = chat;
  const [terms, setTerms] = useState(filter.kind === 'term' ? filter.term : '');
  const [problem, setProblem] = useState('');
  const send = (event: Event): void => {
    event.preventDefault();
    const listed = parseTermList(terms);
    const wrong = listed.map(termProblem).find((each) => each !== undefined);
    if (filter.kind !== 'with' && (listed.length === 0 || wrong !== undefined)) {
      setProblem(wrong ?? 'Name at least one word: the file goes to whoever follows it.');
      return;
    }
    const audience: FileAudience = filter.kind === 'with' ? { to: filter.name } : { terms: listed };
    for (const file of files)
      void chat.transfers.send(file, audience).then((reached) => {
        if (reached !== undefined)
          chat.note(`${file.name} is sent; it reached ${reached} ${reached === 1 ? 'person' : 'people'}`);
      });
    onClose();
  };
  return (
    <Dialog title={files.length === 1 ? 'Send a file' : `Send ${files.length} files`} onClose={onClose}>
      <form onSubmit={send}>
        <ul class="files">
          {files.slice(0, 10).map((file) => (
            <li key={file.name}>
              <bdi class="file-name">{shownText(file.name)}</bdi>{' '}
              <span class="quiet">{sizeOf(file.size)}</span>
            </li>
          ))}
        </ul>
        {filter.kind === 'with' ? (
          <p>For {filter.name} alone.</p>
        ) : (
          <label>
            For followers of
            <input
              dir="auto"
              placeholder="words or @people, with commas"
              value={terms}
              onInput={(event) => setTerms(event.currentTarget.value)}
            />
          </label>
        )}
        {problem !== '' && (
          <p class="problem" role="alert">
            {shownText(problem)}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="main">
            Send
          </button>
        </p>
      </form>
    </Dialog>
  );
}
