import { RequiresScopes } from '@kit/auth';
import { listSize, PageArgs, parsePage } from '@kit/subgraph';
import {
  Args,
  ArgsType,
  Directive,
  Parent,
  PickType,
  ResolveField,
  ResolveReference,
  Resolver,
} from '@nestjs/graphql';
import { User } from '../../user.type.js';
import { ImportList } from '../import-list.js';
import type { ImportEntity } from '../import.entity.js';
import { RejectedRows } from '../rejected-rows.js';
import { RejectedRowConnection, SubscriberImport } from './subscriber-import.type.js';

@ArgsType()
class RejectedRowsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

@Resolver(() => SubscriberImport)
export class SubscriberImportResolver {
  constructor(
    private readonly list: ImportList,
    private readonly rejected: RejectedRows,
  ) {}

  @ResolveReference()
  @RequiresScopes('subscribers:import')
  resolveReference({ id }: { id: string }) {
    return this.list.byId(id);
  }

  @ResolveField(() => User, {
    nullable: true,
    description: 'The user who created the import. Null for a program.',
  })
  createdBy(@Parent() { createdById }: ImportEntity) {
    return createdById === null ? null : { __typename: 'User', id: createdById };
  }

  @ResolveField(() => RejectedRowConnection, {
    nullable: true,
    description: 'The rows that were not imported, in the order of the file. At most 100,000 are kept.',
  })
  @RequiresScopes('subscribers:pii')
  @Directive(listSize('first'))
  rejectedRows(@Parent() { id }: ImportEntity, @Args() page: RejectedRowsArgs) {
    return this.rejected.page(id, parsePage(page));
  }
}
