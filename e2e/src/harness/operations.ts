/** Additions from now on, or after a cursor, joined with the user who added each. */
export const ADDED = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor subscriber { email addedBy { displayName } } }
}`;

/** An operation with a single result. */
export const VIEWER = '{ viewer { user { displayName } } }';
