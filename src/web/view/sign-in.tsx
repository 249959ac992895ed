import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ConnectError } from '../../client/errors.ts';
import { nameProblem } from '../../client/sendable.ts';
import { isReservedName } from '../../protocol/names.ts';
import { refusedPassword } from './refused-password.ts';
import { shownText } from './shown-text.ts';

function problemOf(error: unknown, name: string): string {
  if (error instanceof ConnectError && error.reason === 'taken') {
    const why = isReservedName(name) ? `The name ${name} is reserved.` : `Somebody is here as ${name}.`;
    return `${why} Choose another name.`;
  }
  if (error instanceof ConnectError && error.code === 412) {
    // Behind a proxy, which encrypts, a terminal may need another address.
    const address = location.protocol === 'http:' ? `chat://${location.host}` : 'ADDRESS';
    return (
      'New people need an invitation. With its code, make the account in a terminal, and then sign in here: ' +
      `npx earshot join ${name} ${address} --invitation CODE`
    );
  }
  return refusedPassword(error, `That is not the password of ${name}.`);
}

/** Asks for a name; for a password only where the name has one. */
export function SignIn({
  why,
  lastName,
  onSignIn,
}: {
  /** Why somebody is asked again. */
  readonly why: string | undefined;
  readonly lastName: string;
  /** Rejects with `ConnectError`. */
  onSignIn(name: string, password: string | undefined): Promise<void>;
}): ComponentChildren {
  const [name, setName] = useState(lastName);
  const [password, setPassword] = useState('');
  const [needsPassword, setNeeds] = useState(false);
  const [problem, setProblem] = useState(why ?? '');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = nameProblem(name.trim());
    if (wrong !== undefined) {
      setProblem(wrong);
      return;
    }
    setBusy(true);
    try {
      await onSignIn(name.trim(), needsPassword ? password : undefined);
    } catch (error) {
      const isAccount = error instanceof ConnectError && error.reason === 'password-needed';
      setNeeds(needsPassword || isAccount);
      setProblem(isAccount ? `${name.trim()} is an account.` : problemOf(error, name.trim()));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>earshot</h1>
        <p>Follow words and people, and hear what carries them.</p>
        <label>
          Your name
          <input
            name="name"
            autoComplete="username"
            autoCapitalize="off"
            spellcheck={false}
            maxLength={20}
            ref={(field) => {
              if (!needsPassword && lastName === '') field?.focus();
            }}
            value={name}
            onInput={(event) => {
              setName(event.currentTarget.value);
              setNeeds(false);
            }}
          />
        </label>
        {needsPassword && (
          <label>
            Password
            <input
              name="password"
              type="password"
              autoComplete="current-password"
              ref={(field) => {
                if (password === '') field?.focus();
              }}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </label>
        )}
        <p class="problem" role="alert">
          {shownText(problem)}
        </p>
        <button type="submit" class="main" disabled={isBusy}>
          {isBusy ? 'Connecting' : needsPassword ? 'Sign in' : 'Join'}
        </button>
      </form>
    </main>
  );
}
