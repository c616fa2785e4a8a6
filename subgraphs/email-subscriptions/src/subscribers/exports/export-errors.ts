import { GraphQLError } from 'graphql';

/** Alike for tokens that never existed, have expired, or are spent. */
export const exportNotFound = () =>
  new GraphQLError(
    'This download link is not valid, has expired, or was already used. Create a new export.',
    { extensions: { code: 'NOT_FOUND', http: { status: 404 } } },
  );

export const exportBusy = () =>
  new GraphQLError('Too many exports are running. Try again later: the link is still valid.', {
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 30, http: { status: 429 } },
  });
