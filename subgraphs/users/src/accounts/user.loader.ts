import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import DataLoader from 'dataloader';
import { Any, type Repository } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { UserEntity } from './user.entity.js';

type Loader = DataLoader<string, UserEntity | null>;

/** Loads users by id, all that one operation asks for at the same moment in one query. */
@Injectable()
export class UserLoader {
  /** One loader an operation: what one caller may see is never kept for the next. */
  private readonly loaders = new WeakMap<object, Loader>();

  constructor(@InjectRepository(UserEntity) private readonly users: Repository<UserEntity>) {}

  /**
   * @param operation the GraphQL context, which is one object for each operation
   * @returns null when there is no such user, or the id is none
   */
  async load(operation: object, id: string): Promise<UserEntity | null> {
    return isUuid(id) ? this.loaderOf(operation).load(id.toLowerCase()) : null;
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
