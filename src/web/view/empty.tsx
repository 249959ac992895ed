import type { ComponentChildren } from 'preact';
import type { Chat } from '../model/chat.ts';
import { shownText } from './shown-text.ts';

/** What stands where nothing has come yet. */
export function Empty({ chat }: { readonly chat: Chat }): ComponentChildren {
  const { filter } = chat;
  if (filter.kind === 'with')
    return (
      <p class="empty">No private messages with {filter.name} yet. What you type here is for them alone.</p>
    );
  if (filter.kind === 'term') return <p class="empty">Nothing with “{filter.term}” has reached you yet.</p>;
  if (filter.kind === 'search') {
    const terms = filter.terms.join(' ');
    return (
      <p class="empty">
        {chat.isReadingHistory ? 'Searching' : 'Nothing was found'} for {terms}.
      </p>
    );
  }
  return (
    <div class="empty">
      <p>
        <strong>Nothing has reached you yet.</strong>
      </p>
      <Hears chat={chat} />
      {chat.status.kind === 'online' && isAlone(chat) && <Invitation />}
    </div>
  );
}

/** Whether the server has said that nobody else is online; before its first answer nobody is known, not even the user. */
export function isAlone({ name, people }: Chat): boolean {
  return people.length > 0 && people.every((other) => other === name);
}

/** More terms than this are not all named. */
const mostTerms = 6;

/** What will come here, and why. */
function Hears({ chat }: { readonly chat: Chat }): ComponentChildren {
  const { follows } = chat;
  const me = <code>@{chat.name}</code>;
  if (follows.length === 0)
    return (
      <p>
        You get what carries a word that you follow, and what names you: {me}. Follow a word{' '}
        <span class="wide">in the column at the side</span>
        <span class="narrow">behind ☰</span>, or say something: it goes to whoever follows a word in it.
      </p>
    );
  const named = follows.length > mostTerms ? follows.slice(0, mostTerms - 1) : follows;
  return (
    <p>
      You follow{' '}
      {named.map((term, i) => (
        <span key={term}>
          {i > 0 && ', '}
          <code>
            <bdi>{shownText(term)}</bdi>
          </code>
        </span>
      ))}
      {named.length < follows.length && ` and ${follows.length - named.length} more`}: what that brings comes
      here, and what names you, {me}. What you say goes to whoever follows a word in it.
    </p>
  );
}

/** How others come, for whoever is alone. Behind a proxy, which encrypts, a terminal may need another address. */
function Invitation(): ComponentChildren {
  const { origin, host, protocol } = location;
  return (
    <p>
      Nobody else is here. Others open <code>{origin}</code> in a browser
      {protocol === 'http:' && (
        <>
          , or run <code>npx earshot join NAME chat://{host}</code> in a terminal
        </>
      )}
      .
    </p>
  );
}
