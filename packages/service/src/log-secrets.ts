/** Names of fields that are redacted in log lines, at any depth and in any case. */
const SECRET_FIELDS = new Set([
  'authorization',
  'password',
  'currentpassword',
  'newpassword',
  'token',
  'accesstoken',
  'refreshtoken',
  'txntoken',
  'txn-token',
  'cookie',
  'secret',
  'email',
]);

const REDACTED = '[redacted]';
const DEEPEST = 5;

/** The same object if it has no secrets, as nearly always. Otherwise a copy without them. */
export function withoutSecrets(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const name in fields) {
    const value = fields[name];
    const safe = SECRET_FIELDS.has(name.toLowerCase()) ? REDACTED : safeValue(value, depth);
    if (safe !== value) (copy ??= { ...fields })[name] = safe;
  }
  return copy ?? fields;
}

function safeValue(value: unknown, depth: number): unknown {
  // The serializer of errors selects what is logged.
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date)
    return value;
  if (depth === DEEPEST) return REDACTED;
  if (!Array.isArray(value)) return withoutSecrets(value as Record<string, unknown>, depth + 1);
  const safe = value.map((each) => safeValue(each, depth + 1));
  return safe.every((each, index) => each === value[index]) ? value : safe;
}
