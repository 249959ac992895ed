import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Chat } from '../model/chat.ts';
import { Dialog } from './dialog.tsx';
import { shownText } from './shown-text.ts';

/** Makes the guest an account. */
export function KeepName({
  chat,
  onKept,
  onClose,
}: {
  readonly chat: Chat;
  onKept(): void;
  onClose(): void;
}): ComponentChildren {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const keep = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = passwordProblem(password);
    if (wrong !== undefined) {
      setProblem(wrong);
      return;
    }
    try {
      await chat.client?.claim(password);
      await chat.refresh();
      onKept();
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title={`Keep the name ${chat.name}`} onClose={onClose}>
      <form onSubmit={(event) => void keep(event)}>
        <p>
          With a password, the name is yours alone. What you follow is kept, and you get what others said
          while you were away.
        </p>
        <input
          class="unseen"
          autoComplete="username"
          tabIndex={-1}
          aria-hidden="true"
          readOnly
          value={chat.name}
        />
        <label>
          Password
          <input
            type="password"
            autoComplete="new-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {problem !== '' && (
          <p class="problem" role="alert">
            {shownText(problem)}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={onClose}>
            Not now
          </button>
          <button type="submit" class="main">
            Keep it
          </button>
        </p>
      </form>
    </Dialog>
  );
}
