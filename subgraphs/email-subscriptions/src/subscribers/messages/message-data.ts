import { RpcException } from '@nestjs/microservices';
import { z } from 'zod';
import { ON_EXISTING, type AddSubscriberFields } from '../addition/add-subscriber-request.js';

const ADDITION = z.strictObject({
  email: z.string(),
  name: z.string().nullish(),
  onExisting: z.enum(ON_EXISTING).nullish(),
  idempotencyKey: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  attributes: z.record(z.string(), z.unknown()).nullish(),
  requireConfirmation: z.boolean().nullish(),
  consentText: z.string().nullish(),
});

const LISTING = z.strictObject({
  first: z.int().nullish(),
  after: z.string().nullish(),
});

/** @throws RpcException with BAD_USER_INPUT and the invalid field */
export function parseAddition(data: unknown): AddSubscriberFields {
  return parse(ADDITION, data);
}

/** @throws RpcException with BAD_USER_INPUT and the invalid field */
export function parseListing(data: unknown): z.output<typeof LISTING> {
  return parse(LISTING, data);
}

/** Checks the types of an input, as GraphQL does before it calls a resolver. */
function parse<Schema extends z.ZodObject>(schema: Schema, data: unknown): z.output<Schema> {
  const parsed = schema.safeParse(data, {
    // Zod's message would quote the names, and the log must not contain data of a caller.
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `contains an unknown field: use only ${Object.keys(schema.shape).join(', ')}`
        : undefined,
  });
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
  const field = path.map(String);
  throw new RpcException({
    code: 'BAD_USER_INPUT',
    message: `${field.length > 0 ? `data.${field.join('.')}` : 'data'}: ${message}.`,
    ...(field.length > 0 && { field }),
  });
}
