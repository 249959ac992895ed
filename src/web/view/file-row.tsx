import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ChatAttachment } from '../../client/client.ts';
import type { PageActions } from './page-actions.ts';
import { mayBePicture } from './pictures.ts';
import { shownText } from './shown-text.ts';
import { sizeOf } from './times.ts';

/** A file that somebody sent: it is fetched when somebody asks for it. */
export function FileRow({
  file,
  actions,
}: {
  readonly file: ChatAttachment;
  readonly actions: PageActions;
}): ComponentChildren {
  const [picture, setPicture] = useState<string | undefined>();
  const [isNone, setNone] = useState(false);
  const show = async (): Promise<void> => {
    const address = await actions.picture(file);
    if (address === undefined) setNone(true);
    else setPicture(address);
  };
  return (
    <span class="file">
      <bdi class="file-name">{shownText(file.name)}</bdi> <span class="quiet">{sizeOf(file.bytes)}</span>{' '}
      <button type="button" aria-label={`Save ${file.name}`} onClick={() => actions.save(file)}>
        Save
      </button>{' '}
      {mayBePicture(file.name, file.bytes) && picture === undefined && !isNone && (
        <button type="button" aria-label={`Show ${file.name}`} onClick={() => void show()}>
          Show
        </button>
      )}
      {isNone && <span class="quiet"> it cannot be shown</span>}
      {picture !== undefined && (
        <img class="picture" src={picture} alt={`sent by ${file.from}: ${file.name}`} />
      )}
    </span>
  );
}
