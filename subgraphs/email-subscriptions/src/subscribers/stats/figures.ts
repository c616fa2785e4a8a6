import { eventKindOf } from '../life/transitions.js';

/** The kinds of changes that are counted by time, which are also the columns of `subscriber_figures`. */
export const FIGURES = ['added', 'confirmed', 'unsubscribed', 'bounced', 'complained', 'erased'] as const;
export type Figure = (typeof FIGURES)[number];

/** The numbers of changes of each kind. */
export type Figures = Readonly<Record<Figure, number>>;

/** The durable consumer that counts changes. */
export const FIGURES_CONSUMER = 'subscriber-figures';

/** Whether events of a kind change a figure. */
export function isFigure(eventKind: string): boolean {
  return FIGURES.some((figure) => kindOf(figure) === eventKind);
}

/** The sums of the column `n` for each figure, of rows with the kind of an event in `kind`. */
export const SUM_OF_EACH_FIGURE = FIGURES.map(
  (figure) => `coalesce(sum(n) FILTER (WHERE kind = '${kindOf(figure)}'), 0)`,
).join(', ');

/** The start of the quarter of an hour of the column `at`. */
export const QUARTER = `date_bin('15 minutes', at, '2000-01-01T00:00Z')`;

function kindOf(figure: Figure): string {
  return eventKindOf(figure.toUpperCase() as Uppercase<Figure>);
}
