import { ArgsType, PickType } from '@nestjs/graphql';
import { PageArgs } from '@kit/subgraph';

@ArgsType()
export class SessionsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}
