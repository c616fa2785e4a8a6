import { Controller, Get, Header } from '@nestjs/common';
import { Public } from '@supergraph/auth-context/decorators';
import type { PublicJwk } from './public-jwk.js';
import { SigningKeys } from './signing-keys.service.js';

@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /** The JWK Set (RFC 7517, section 5) to verify access tokens with. */
  @Get('jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  jwks(): { keys: PublicJwk[] } {
    return { keys: this.keys.published() };
  }
}
