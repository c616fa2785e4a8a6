/** What watchers of the gateway ask for: the subgraph has the subscriber, users has who added it. */
export const WATCH = `subscription ($after: String) {
  subscriberAdded(after: $after, bookmarks: true) {
    cursor
    occurredAt
    subscriber { id email addedBy { displayName } }
  }
}`;
