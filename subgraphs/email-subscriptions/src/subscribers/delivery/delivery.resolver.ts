import { type AuthContext, CurrentAuth, RequiresScopes } from '@kit/auth';
import { enumType } from '@kit/subgraph';
import { Args, Field, InputType, Mutation, ObjectType, Resolver } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { staff } from '../life/actor.js';
import { SubscriberError } from '../subscriber-error.type.js';
import { Subscriber } from '../subscriber.type.js';
import { type DeliveryReport, ReportDelivery } from './report-delivery.js';

const DeliveryReportType = enumType<DeliveryReport>(
  'DeliveryReport',
  'What a mail provider reports about a mail.',
  {
    DELIVERED: 'The mail was delivered. Earlier soft bounces do not count any more.',
    HARD_BOUNCE: 'The mail was returned for good, such as for an unknown mailbox.',
    SOFT_BOUNCE:
      'The mail was returned for now, such as for a full mailbox. Five in a row count as a bounce.',
    COMPLAINT: 'The subscriber reported the mail as spam.',
  },
);

@InputType({ description: 'The input of `reportDelivery`.' })
export class ReportDeliveryInput {
  @Field(() => String, { description: 'The address that the mail was sent to.' })
  email: string;

  @Field(() => DeliveryReportType, { description: 'What happened.' })
  report: DeliveryReport;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      'When it happened. By default now. A report of the time before the subscriber had the address, or confirmed it, changes nothing.',
  })
  occurredAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What the mail server said. The history keeps the first 500 characters of it, without e-mail addresses.',
  })
  diagnostic?: string | null;
}

@ObjectType({ description: 'The result of `reportDelivery`.' })
export class ReportDeliveryPayload {
  @Field(() => Subscriber, {
    nullable: true,
    description: 'The subscriber after the report. Null if there are user errors.',
  })
  subscriber: Subscriber | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}

@Resolver()
export class DeliveryResolver {
  constructor(private readonly delivery: ReportDelivery) {}

  @Mutation(() => ReportDeliveryPayload, {
    nullable: true,
    description: 'Reports what a mail provider says about a mail to a subscriber.',
  })
  @RequiresScopes('subscribers:write')
  reportDelivery(
    @Args('input', { type: () => ReportDeliveryInput, description: 'The report.' })
    input: ReportDeliveryInput,
    @CurrentAuth() auth: AuthContext,
  ) {
    return this.delivery.report(input, staff(auth));
  }
}
