import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { FileAudience } from '../../client/client.ts';
import { parseTermList } from '../../protocol/commands/term-list.ts';
import { termProblem } from '../../protocol/terms.ts';
import type { Chat } from '../model/chat.ts';
import { FormDialog } from './form-dialog.tsx';
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
  const send = (): string | undefined => {
    const listed = parseTermList(terms);
    const wrong = listed.map(termProblem).find((each) => each !== undefined);
    if (filter.kind !== 'with' && (listed.length === 0 || wrong !== undefined))
      return wrong ?? 'Name at least one word: the file goes to whoever follows it.';
    const audience: FileAudience = filter.kind === 'with' ? { to: filter.name } : { terms: listed };
    for (const file of files)
      void chat.transfers.send(file, audience).then((reached) => {
        if (reached !== undefined)
          chat.note(`${file.name} is sent; it reached ${reached} ${reached === 1 ? 'person' : 'people'}`);
      });
    return undefined;
  };
  return (
    <FormDialog
      title={files.length === 1 ? 'Send a file' : `Send ${files.length} files`}
      submit="Send"
      cancel="Cancel"
      onSubmit={send}
      onClose={onClose}
    >
      <ul class="files">
        {files.slice(0, 10).map((file) => (
          <li key={file.name}>
            <bdi class="file-name">{shownText(file.name)}</bdi> <span class="quiet">{sizeOf(file.size)}</span>
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
    </FormDialog>
  );
}
