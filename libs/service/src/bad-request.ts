/** The body of a response to a request that fails before GraphQL sees it. */
export function badRequest(message: string) {
  return { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] };
}
