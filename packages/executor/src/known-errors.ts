/** Stands for all items of a list in a path. */
export const EACH_ITEM = '@';

export type Path = readonly (string | number)[];

interface Place {
  readonly children: Map<string | number, Place>;
  hasError: boolean;
}

const newPlace = (): Place => ({ children: new Map(), hasError: false });

/** The places of errors that explain nulls. */
export class KnownErrors {
  private readonly root = newPlace();

  /** @param path of a response; {@link EACH_ITEM} stands for all items of a list */
  add(path: Path): void {
    let place = this.root;
    for (const key of path) {
      let child = place.children.get(key);
      if (!child) place.children.set(key, (child = newPlace()));
      place = child;
    }
    place.hasError = true;
  }

  /** Whether there is an error at a place, above it, or beneath it. */
  explains(path: Path): boolean {
    return this.isKnown(this.root, path, 0);
  }

  private isKnown(place: Place, path: Path, at: number): boolean {
    if (place.hasError || at === path.length) return true;
    const key = path[at]!;
    const child = place.children.get(key);
    if (child && this.isKnown(child, path, at + 1)) return true;
    const each = typeof key === 'number' ? place.children.get(EACH_ITEM) : undefined;
    return each !== undefined && this.isKnown(each, path, at + 1);
  }
}

/** How many keys of a path lead to a null. */
export function depthOfNull(value: unknown, path: Path): number {
  for (const [at, key] of path.entries()) {
    if (typeof value !== 'object' || value === null) return at;
    value = (value as Record<string | number, unknown>)[key];
  }
  return path.length;
}
