import { generate } from 'selfsigned';

/** In PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for `localhost` and 127.0.0.1. */
export async function certificate(): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { cert, key };
}
