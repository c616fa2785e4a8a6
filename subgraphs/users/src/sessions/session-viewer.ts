import { unauthenticated, type Viewer } from '@kit/auth';

/** A user who acts in a session. */
export interface SessionViewer extends Viewer {
  readonly sessionId: string;
}

/** @throws GraphQLError (`UNAUTHENTICATED`) when the caller has no session */
export function inSession({ userId, sessionId }: Viewer): SessionViewer {
  if (sessionId === null) throw unauthenticated();
  return { userId, sessionId };
}
