import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A dialogue in front of the page; Escape leaves it. The browser keeps the focus in it, and gives it back. */
export function Dialog({
  title,
  children,
  onClose,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  onClose(): void;
}): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // The browser takes the first field, which may be the name that is there for its store of passwords only; without a
    // field, the button that leaves.
    dialog.current?.querySelector<HTMLElement>('input:not([aria-hidden]), button.main')?.focus();
    return () => {
      // The browser gives it back only when the dialogue is closed by Escape.
      queueMicrotask(() => before instanceof HTMLElement && before.focus());
    };
  }, []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
