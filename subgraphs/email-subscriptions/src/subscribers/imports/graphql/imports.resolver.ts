import { CurrentAuth, type AuthContext, Live, requireScopes, RequiresScopes, type Scope } from '@kit/auth';
import { listSize, PageArgs, parsePage, type SubgraphContext } from '@kit/subgraph';
import {
  Args,
  ArgsType,
  Directive,
  ID,
  Mutation,
  PickType,
  Query,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { ImportList } from '../import-list.js';
import { ImportProgress } from '../import-progress.js';
import type { ImportEntity } from '../import.entity.js';
import { Imports } from '../imports.js';
import {
  CancelSubscriberImportInput,
  CancelSubscriberImportPayload,
  CreateSubscriberImportInput,
  CreateSubscriberImportPayload,
} from './create-import.types.js';
import { SubscriberImport, SubscriberImportConnection } from './subscriber-import.type.js';

const SCOPES: [Scope] = ['subscribers:import'];

@ArgsType()
class SubscriberImportsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}

@Resolver()
export class ImportsResolver {
  constructor(
    private readonly imports: Imports,
    private readonly list: ImportList,
    private readonly progress: ImportProgress,
  ) {}

  @Query(() => SubscriberImport, {
    nullable: true,
    description: 'Returns the import with an id, or null if there is none.',
  })
  @RequiresScopes(...SCOPES)
  subscriberImport(
    @Args('id', { type: () => ID, description: 'The id of the import. A malformed id returns null.' })
    id: string,
  ) {
    return this.list.byId(id);
  }

  @Query(() => SubscriberImportConnection, {
    nullable: true,
    description: 'Lists the imports of the last 30 days, newest first.',
  })
  @RequiresScopes(...SCOPES)
  @Directive(listSize('first'))
  subscriberImports(@Args() page: SubscriberImportsArgs) {
    return this.list.page(parsePage(page));
  }

  @Mutation(() => CreateSubscriberImportPayload, {
    nullable: true,
    description: 'Creates an import, and returns the address to upload its CSV file to.',
  })
  @RequiresScopes(...SCOPES)
  createSubscriberImport(
    @Args('input', { type: () => CreateSubscriberImportInput, description: 'The import to create.' })
    input: CreateSubscriberImportInput,
    @CurrentAuth() { viewer }: AuthContext,
  ) {
    return this.imports.create(input, viewer?.userId ?? null);
  }

  @Mutation(() => CancelSubscriberImportPayload, {
    nullable: true,
    description: 'Stops an import between two batches. What was imported before stays.',
  })
  @RequiresScopes(...SCOPES)
  cancelSubscriberImport(
    @Args('input', { type: () => CancelSubscriberImportInput, description: 'The import to cancel.' })
    { id }: CancelSubscriberImportInput,
  ) {
    return this.imports.cancel(id);
  }

  @Subscription(() => SubscriberImport, {
    description:
      'Sends an import as it is now, and then each second in which it changes. It completes when the import has ended. It cannot be resumed.',
    resolve: (state: ImportEntity, _args: unknown, { auth }: SubgraphContext) => {
      // The guard runs only at the start of the operation.
      requireScopes(auth, SCOPES);
      return state;
    },
  })
  @Live('SCOPES')
  @RequiresScopes(...SCOPES)
  subscriberImportProgress(@Args('id', { type: () => ID, description: 'The id of the import.' }) id: string) {
    return this.progress.watch(id);
  }
}
