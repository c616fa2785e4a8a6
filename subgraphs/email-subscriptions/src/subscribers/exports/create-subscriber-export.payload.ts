import { Field, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { Count } from '../list/subscriber-connection.type.js';
import { SubscriberError } from '../subscriber-error.type.js';

@ObjectType({ description: 'The result of `createSubscriberExport`.' })
export class CreateSubscriberExportPayload {
  @Field(() => String, {
    nullable: true,
    description: 'The address to download the file from, once. It works without a login, so keep it secret.',
  })
  downloadUrl: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the address expires: after an hour.' })
  expiresAt: Date | null;

  @Field(() => Count, {
    nullable: true,
    description: 'How many rows the file would have now. It has the rows of the time of the download.',
  })
  rows: Count | null;

  @Field(() => [SubscriberError], {
    description: 'The reasons why the request failed. Empty if it succeeded.',
  })
  userErrors: SubscriberError[];
}
