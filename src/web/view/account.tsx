import type { ComponentChildren, TargetedInputEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Device } from '../../client/client.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Chat } from '../model/chat.ts';
import { Dialog } from './dialog.tsx';
import { refusedPassword } from './refused-password.ts';
import { shownText } from './shown-text.ts';
import { dayAndTime } from './times.ts';

interface AccountProps {
  readonly chat: Chat;
  /** The password is another one, and so is the token of this browser. */
  onChanged(): void;
  onClose(): void;
}

/** One's own account: its password, and where it is logged in. */
export function Account({ chat, onChanged, onClose }: AccountProps): ComponentChildren {
  // A new password ends the other logins.
  const [version, setVersion] = useState(0);
  return (
    <Dialog title={`The account ${chat.name}`} onClose={onClose}>
      <PasswordForm
        chat={chat}
        onChanged={() => {
          setVersion(version + 1);
          onChanged();
        }}
      />
      <Devices chat={chat} version={version} />
      <p class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}

function PasswordForm({ chat, onChanged }: Pick<AccountProps, 'chat' | 'onChanged'>): ComponentChildren {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [isShown, setShown] = useState(false);
  const [said, setSaid] = useState<{ readonly text: string; readonly isProblem: boolean }>();
  const change = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = old === '' ? 'The present password is missing' : passwordProblem(password);
    if (wrong !== undefined) {
      setSaid({ text: `${wrong}.`, isProblem: true });
      return;
    }
    try {
      if (chat.client === undefined) throw new Error('There is no connection yet');
      await chat.client.changePassword(old, password);
      setOld('');
      setPassword('');
      setSaid({ text: 'The password is changed; all other logins have ended.', isProblem: false });
      onChanged();
    } catch (error) {
      setSaid({ text: wordsFor(error), isProblem: true });
    }
  };
  return (
    <form onSubmit={(event) => void change(event)}>
      <h3>Password</h3>
      <input
        class="unseen"
        autoComplete="username"
        tabIndex={-1}
        aria-hidden="true"
        readOnly
        value={chat.name}
      />
      <Secret label="Present password" use="current-password" isShown={isShown} value={old} onType={setOld} />
      <Secret
        label="New password"
        use="new-password"
        isShown={isShown}
        value={password}
        onType={setPassword}
      />
      <label class="check">
        <input type="checkbox" checked={isShown} onChange={() => setShown(!isShown)} />
        Show what I type
      </label>
      <p class={said?.isProblem === false ? 'quiet' : 'problem'} role="alert">
        {said?.text}
      </p>
      <p class="buttons">
        <button type="submit" class="main">
          Change password
        </button>
      </p>
    </form>
  );
}

interface SecretProps {
  readonly label: string;
  /** For the browser, which may fill it in or keep it. */
  readonly use: 'current-password' | 'new-password';
  readonly isShown: boolean;
  readonly value: string;
  onType(value: string): void;
}

function Secret({ label, use, isShown, value, onType }: SecretProps): ComponentChildren {
  const shared = {
    ...{ id: use, autoComplete: use, value },
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onType(event.currentTarget.value),
  };
  return (
    <label for={use}>
      {label}
      {isShown ? <input type="text" {...shared} /> : <input type="password" {...shared} />}
    </label>
  );
}

function Devices({ chat, version }: { readonly chat: Chat; readonly version: number }): ComponentChildren {
  const [devices, setDevices] = useState<readonly Device[]>();
  const [problem, setProblem] = useState('');
  const list = useRef<HTMLUListElement>(null);
  const read = async (): Promise<void> => {
    try {
      setDevices(await chat.client?.devices());
    } catch (error) {
      setProblem(wordsFor(error));
    }
  };
  useEffect(() => void read(), [version]);
  const revoke = async (id: number): Promise<void> => {
    try {
      await chat.client?.revokeDevice(id);
      // The button that has the focus goes away.
      list.current?.focus();
      await read();
    } catch (error) {
      setProblem(wordsFor(error));
    }
  };
  return (
    <section>
      <h3>Logins that are remembered</h3>
      <ul class="devices" ref={list} tabIndex={-1} aria-label="Logins that are remembered">
        {(devices ?? []).map(({ id, label, madeMs, usedMs, isThis }) => (
          <li key={id}>
            <span>
              <bdi>{shownText(label)}</bdi>
              <br />
              <span class="quiet">
                {isThis ? 'this browser' : `last used ${dayAndTime(usedMs)}`}, since {dayAndTime(madeMs)}
              </span>
            </span>
            {!isThis && (
              <button type="button" aria-label={`End login ${id}`} onClick={() => void revoke(id)}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

const wordsFor = (error: unknown): string => refusedPassword(error, 'That is not the present password.');
