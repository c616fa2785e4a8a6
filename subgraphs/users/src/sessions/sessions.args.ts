import { ArgsType, PickType } from '@nestjs/graphql';
import { PageArgs } from '@supergraph/service/pagination/page.args';

@ArgsType()
export class SessionsArgs extends PickType(PageArgs, ['first', 'after'] as const, ArgsType) {}
