/** What watchers of the subgraph itself ask for. */
export const WATCH = `subscription ($after: String) {
  subscriberAdded(after: $after, bookmarks: true) { cursor subscriber { id email } }
}`;
