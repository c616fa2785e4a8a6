import { newId } from '@kit/database';
import type { AuthContext } from '@kit/auth';
import { currentRequestId } from '@kit/service';
import type { EntityManager } from 'typeorm';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** All actions that are audited. */
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
  /** The user whom the action concerns. Null if there is none, as for a login with an unknown address. */
  readonly subjectId: string | null;
  /** The user who did it. Default: the viewer of the request. */
  readonly actorId?: string;
  /** Further facts, without secrets, tokens and e-mail addresses. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The row for an entry. */
export function auditRow(
  by: AuthContext | null,
  { action, subjectId, actorId, detail }: AuditEntry,
): Omit<AuditEntryEntity, 'at'> {
  return {
    id: newId(),
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
 * Writes an entry in the transaction of the change, so that neither exists without the other.
 * @param by the caller; null for the operator and for the service itself
 */
export async function audit(
  manager: EntityManager,
  by: AuthContext | null,
  entry: AuditEntry,
): Promise<void> {
  await manager.insert(AuditEntryEntity, auditRow(by, entry));
}
