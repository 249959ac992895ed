import { Component, type ComponentChildren } from 'preact';

interface KeptProps {
  /** What is drawn says these values. */
  readonly of: readonly unknown[];
  readonly draw: () => ComponentChildren;
}

/** A part of the page that is drawn again only when one of the values is another one. */
export class Kept extends Component<KeptProps> {
  override shouldComponentUpdate({ of }: KeptProps): boolean {
    return of.some((value, at) => value !== this.props.of[at]);
  }

  override render({ draw }: KeptProps): ComponentChildren {
    return draw();
  }
}
