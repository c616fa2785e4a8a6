import { GraphQLError } from 'graphql';

export const unknownUpload = () =>
  rejection(404, 'NOT_FOUND', 'The address is not valid, was used, or has expired. Create a new import.');

export const uploadGoesOn = () =>
  rejection(
    409,
    'BAD_REQUEST',
    'Another upload to this address has not ended. Wait for it, or try again later.',
  );

/** @param most in bytes */
export const fileTooLarge = (most: number) =>
  rejection(
    413,
    'BAD_REQUEST',
    `The file is too large; at most ${most} bytes are allowed. Split it into several files.`,
  );

function rejection(status: number, code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
