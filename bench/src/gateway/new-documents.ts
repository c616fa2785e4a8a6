/** A document of about the size that a page of an application sends, with other names for each `n`. */
export function newDocument(n: number): string {
  return `query Page${n}($first: Int = 10) {
  viewer { user { id name${n}: displayName } email }
  list${n}: subscribers(first: $first) {
    nodes { id email name status addedAt ...AddedBy${n} }
    pageInfo { hasNextPage endCursor }
    totalCount { value precision }
    streamCursor
  }
}
fragment AddedBy${n} on Subscriber {
  addedBy { id displayName createdAt }
}`;
}
