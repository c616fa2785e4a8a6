/** Each addition from now on, or after a cursor, joined with who has added. */
export const ADDED = `subscription ($after: String, $bookmarks: Boolean) {
  subscriberAdded(after: $after, bookmarks: $bookmarks) { cursor subscriber { email addedBy { displayName } } }
}`;

/** An operation that is answered once. */
export const VIEWER = '{ viewer { user { displayName } } }';
