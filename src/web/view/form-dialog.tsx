import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { shownText } from './shown-text.ts';

/**
 * A dialogue with a form. `onSubmit` returns what is wrong with what was typed, in words for people; `onClose` is called
 * when nothing is, and when somebody leaves.
 */
export function FormDialog({
  title,
  submit,
  cancel,
  children,
  onSubmit,
  onClose,
}: {
  readonly title: string;
  /** What the buttons say. */
  readonly submit: string;
  readonly cancel: string;
  readonly children: ComponentChildren;
  onSubmit(): string | undefined | Promise<string | undefined>;
  onClose(): void;
}): ComponentChildren {
  const [problem, setProblem] = useState('');
  const take = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = await onSubmit();
    if (wrong === undefined) onClose();
    else setProblem(wrong);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void take(event)}>
        {children}
        {problem !== '' && (
          <p class="problem" role="alert">
            {shownText(problem)}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={onClose}>
            {cancel}
          </button>
          <button type="submit" class="main">
            {submit}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
