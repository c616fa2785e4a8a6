import { connectionOf, enumType } from '@kit/subgraph';
import { Directive, Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import type { SubscriberErrorCode } from '../../subscriber-error.js';
import { SubscriberErrorCodeType } from '../../subscriber-error.type.js';
import type { ImportStatus } from '../import.entity.js';

const ImportStatusType = enumType<ImportStatus>('ImportStatus', 'The statuses of an import.', {
  WAITING_FOR_FILE: 'The file is not uploaded yet.',
  RUNNING: 'The file is read, and its rows are checked and imported.',
  FINISHED: 'All rows were processed.',
  CANCELLED: 'The import was cancelled. What was imported before stays.',
  FAILED: 'The import stopped. `problem` says why.',
});

const count = (description: string): PropertyDecorator => Field(() => Int, { description });

@ObjectType({
  description:
    'An import of a CSV file. `rowsRead` is the sum of `added`, `updated`, `unchanged`, `suppressed` and `rejected`.',
})
@Directive('@key(fields: "id")')
export class SubscriberImport {
  @Field(() => ID, { description: 'The id of the import.' })
  id: string;

  @Field(() => String, { description: 'The name of the file.' })
  fileName: string;

  @Field(() => ImportStatusType, { description: 'The present status.' })
  status: ImportStatus;

  @Field(() => GraphQLDateTime, { description: 'The time at which the import was created.' })
  createdAt: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'The time at which the import ended. Null until then.',
  })
  finishedAt: Date | null;

  @Field(() => Boolean, { description: 'Whether the import only checks the rows and changes nothing.' })
  dryRun: boolean;

  @Field(() => Float, { description: 'The number of bytes of the file that were read.' })
  bytesRead: number;

  @Field(() => Float, { nullable: true, description: 'The size of the file. Null while it is not known.' })
  bytesTotal: number | null;

  @count('The number of rows that were read, without the header line and blank lines.')
  rowsRead: number;

  @count('The number of rows that added a subscriber.')
  added: number;

  @count('The number of rows that changed a subscriber.')
  updated: number;

  @count('The number of rows whose address was already on the list or earlier in the file.')
  unchanged: number;

  @count('The number of rows whose owners do not want mail.')
  suppressed: number;

  @count('The number of rows that are not valid. `rejectedRows` has the first 100,000.')
  rejected: number;

  @Field(() => String, { nullable: true, description: 'Why the import stopped. Null unless it is `FAILED`.' })
  problem: string | null;
}

@ObjectType({ description: 'A row of a file that was not imported.' })
export class RejectedRow {
  @Field(() => Int, {
    description: 'The line on which the row begins, counted from 1. The header line is line 1.',
  })
  line: number;

  @Field(() => String, {
    nullable: true,
    description:
      'The header of the column at fault, cut to 200 characters. Null if the whole row is at fault.',
  })
  column: string | null;

  @Field(() => SubscriberErrorCodeType, { description: 'The reason, as a code for programs.' })
  code: SubscriberErrorCode;

  @Field(() => String, { description: 'What is wrong, and what to do about it.' })
  message: string;

  @Field(() => String, { nullable: true, description: 'The cell, cut to 200 characters.' })
  value: string | null;
}

@ObjectType({ description: 'A page of imports.' })
export class SubscriberImportConnection extends connectionOf(SubscriberImport, {
  name: 'SubscriberImport',
  item: 'import',
  items: 'imports',
  order: 'newest first',
  cursor: 'Pass it as `after`.',
}) {}

@ObjectType({ description: 'A page of rejected rows.' })
export class RejectedRowConnection extends connectionOf(RejectedRow, {
  name: 'RejectedRow',
  item: 'row',
  items: 'rows',
  order: 'in the order of the file',
  cursor: 'Pass it as `after`.',
}) {}
