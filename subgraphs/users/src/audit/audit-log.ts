import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { currentRequestId } from '@supergraph/service/request-id';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** Everything that is written down (the closed list). */
export type AuditAction =
  | 'ACCOUNT_REGISTERED'
  | 'OWNER_CREATED'
  | 'LOGIN_SUCCEEDED'
  | 'LOGIN_FAILED'
  | 'TOKEN_REUSED'
  | 'SESSIONS_ENDED'
  | 'PASSWORD_CHANGED'
  | 'PASSWORD_RESET_REQUESTED'
  | 'PASSWORD_RESET'
  | 'EMAIL_VERIFIED'
  | 'ROLES_SET'
  | 'SIGNING_KEY_ROTATED'
  /** Written by a migration. */
  | 'ADDRESS_CLAIM_REMOVED';

export interface AuditEntry {
  readonly action: AuditAction;
  /** The user whom it concerns; null when there is none, as when an unknown address logs in. */
  readonly subjectId: string | null;
  /** Who did it, where that is not the viewer of the request: whoever has just proved who they are. */
  readonly actorId?: string;
  /** What else there is to know; never a secret, a token, or an address of mail. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The row that an entry becomes. */
export function auditRow(
  by: AuthContext | null,
  { action, subjectId, actorId, detail }: AuditEntry,
): Omit<AuditEntryEntity, 'at'> {
  return {
    id: uuid(),
    action,
    actorId: actorId ?? by?.viewer?.userId ?? null,
    sessionId: by?.viewer?.sessionId ?? null,
    subjectId,
    ip: by?.origin?.ip ?? null,
    userAgent: by?.origin?.userAgent ?? null,
    requestId: currentRequestId() ?? null,
    detail: { ...detail },
  };
}

/**
 * Writes down who did what, in the transaction of the change, so that there is neither without the other.
 * @param by who asked; null is the operator, or the service itself
 */
export async function audit(
  manager: EntityManager,
  by: AuthContext | null,
  entry: AuditEntry,
): Promise<void> {
  await manager.insert(AuditEntryEntity, auditRow(by, entry));
}
