import { isId } from '@kit/database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import DataLoader from 'dataloader';
import { Any, type Repository } from 'typeorm';
import { UserEntity } from './user.entity.js';

type Loader = DataLoader<string, UserEntity | null>;

/** Loads users by id, and batches the ids that one operation requests at the same time into one query. */
@Injectable()
export class UserLoader {
  /** One loader for each operation, so that cached users are not shared between callers. */
  private readonly loaders = new WeakMap<object, Loader>();

  constructor(@InjectRepository(UserEntity) private readonly users: Repository<UserEntity>) {}

  /**
   * @param operation the GraphQL context, which is a new object for each operation
   * @returns null if the id is unknown or malformed
   */
  async load(operation: object, id: string): Promise<UserEntity | null> {
    return isId(id) ? this.loaderOf(operation).load(id.toLowerCase()) : null;
  }

  private loaderOf(operation: object): Loader {
    const known = this.loaders.get(operation);
    if (known) return known;
    const loader: Loader = new DataLoader((ids) => this.inOrder(ids));
    this.loaders.set(operation, loader);
    return loader;
  }

  private async inOrder(ids: readonly string[]): Promise<(UserEntity | null)[]> {
    const found = await this.users.findBy({ id: Any(ids) });
    const byId = new Map(found.map((user) => [user.id, user]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
