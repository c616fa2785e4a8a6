import { signedAccessTokens } from '@kit/auth';

/** The access tokens of this service. The gateway expects the same issuer and audience. */
export const ACCESS_TOKENS = signedAccessTokens({ issuer: 'users', audience: 'supergraph' });
