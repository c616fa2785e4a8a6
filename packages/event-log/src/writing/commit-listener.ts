import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';

/** Calls back after the commits of transactions that recorded events. */
export class CommitListener implements EntitySubscriberInterface {
  private readonly recording = new WeakSet<QueryRunner>();

  /** @param onCommit wakes the relay. Without it, the relay's next poll would find the events. */
  constructor(private readonly onCommit: () => void) {}

  /** Starts to listen. The data source must be open, since opening it replaces `dataSource.subscribers`. */
  attachTo(dataSource: DataSource): void {
    dataSource.subscribers.push(this);
  }

  /** Calls back after the commit of the manager's transaction, or at once without a transaction. */
  wakeAfterCommit({ queryRunner }: EntityManager): void {
    if (queryRunner?.isTransactionActive) this.recording.add(queryRunner);
    else this.onCommit();
  }

  afterTransactionCommit({ queryRunner }: { readonly queryRunner: QueryRunner }): void {
    // Also called for savepoints, inside the transaction.
    if (!queryRunner.isTransactionActive && this.recording.delete(queryRunner)) this.onCommit();
  }

  afterTransactionRollback({ queryRunner }: { readonly queryRunner: QueryRunner }): void {
    if (!queryRunner.isTransactionActive) this.recording.delete(queryRunner);
  }
}
