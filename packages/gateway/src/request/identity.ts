import type { AuthContext } from '@kit/auth';

/** An authenticated caller and when its access token expires, or an anonymous caller without an expiry. */
export type Identity = AuthContext & { readonly expiresAt?: Date };
