import type { SubscribersClientOptions } from '@supergraph/nest-tcp-client';

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The URL of the keys that verify access tokens. */
  readonly jwksUrl: string;
  readonly subscribers: SubscribersClientOptions;
}

/** @throws Error that names all missing and invalid variables */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = [];
  const read = (name: string, fallback?: string) => {
    const value = environment[name] || fallback;
    if (value === undefined) problems.push(`${name} is missing`);
    return value ?? '';
  };
  const readPort = (name: string, fallback?: string) => {
    const value = read(name, fallback);
    if (value !== '' && !/^\d{1,5}$/.test(value)) problems.push(`${name} is not a port number`);
    return Number(value);
  };

  const settings: Settings = {
    host: read('HOST', '127.0.0.1'),
    port: readPort('PORT', '3000'),
    jwksUrl: read('JWKS_URL'),
    subscribers: {
      host: read('SUBSCRIBERS_HOST'),
      port: readPort('SUBSCRIBERS_PORT'),
      caller: read('SUBSCRIBERS_CALLER'),
      secret: read('SUBSCRIBERS_SECRET'),
    },
  };
  if (settings.jwksUrl !== '' && !URL.canParse(settings.jwksUrl)) problems.push('JWKS_URL is not a URL');
  if (problems.length > 0) throw new Error(problems.join(', '));
  return settings;
}
