import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Chat } from '../model/chat.ts';
import { FormDialog } from './form-dialog.tsx';
import { refusedPassword } from './refused-password.ts';

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
  const keep = async (): Promise<string | undefined> => {
    const wrong = passwordProblem(password);
    if (wrong !== undefined) return wrong;
    try {
      await chat.client?.claim(password);
      await chat.refresh();
      onKept();
      return undefined;
    } catch (error) {
      return refusedPassword(error);
    }
  };
  return (
    <FormDialog
      title={`Keep the name ${chat.name}`}
      submit="Keep it"
      cancel="Not now"
      onSubmit={keep}
      onClose={onClose}
    >
      <p>
        With a password, the name is yours alone. What you follow is kept, and you get what others said while
        you were away.
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
    </FormDialog>
  );
}
