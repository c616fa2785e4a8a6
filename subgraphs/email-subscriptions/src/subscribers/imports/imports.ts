import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isId, newId } from '@kit/database';
import { CONFIG } from '@kit/service';
import { plainText } from '@kit/subgraph';
import { DataSource } from 'typeorm';
import type { Config } from '../../config.js';
import { CONSENT_TEXT_RULE, isConsentText, parseTags } from '../details.js';
import { FILE_PATH } from '../file-path.js';
import { invalidInput, type SubscriberError } from '../subscriber-error.js';
import { ImportRun } from './import-run.js';
import { ImportEntity, type OnImportExisting } from './import.entity.js';
import type { ColumnChoice } from './reading/column-mapping.js';

const TOKEN_MINUTES = 60;

const LONGEST_FILE_NAME = 255;
const FILE_NAME = plainText(LONGEST_FILE_NAME);
const LONGEST_ATTRIBUTE = 64;
const ATTRIBUTE = plainText(LONGEST_ATTRIBUTE);
const MOST_COLUMNS = 200;

/** The unchecked input of an import. */
export interface NewImport {
  readonly fileName: string;
  readonly onExisting: OnImportExisting;
  readonly tags?: readonly string[] | null;
  readonly columns?: readonly ColumnChoice[] | null;
  readonly consentText?: string | null;
  readonly dryRun: boolean;
}

export interface CreatedImport {
  readonly subscriberImport: ImportEntity | null;
  /** Contains the token, which is not stored. */
  readonly uploadUrl: string | null;
  readonly userErrors: SubscriberError[];
}

export interface CancelledImport {
  readonly subscriberImport: ImportEntity | null;
  readonly userErrors: SubscriberError[];
}

const NO_IMPORT: SubscriberError = {
  code: 'NOT_FOUND',
  message: 'No import has this id.',
  field: ['input', 'id'],
  existing: null,
};

/** Creates and cancels imports. */
@Injectable()
export class Imports {
  constructor(
    private readonly dataSource: DataSource,
    private readonly run: ImportRun,
    @Inject(CONFIG) private readonly config: Pick<Config, 'PUBLIC_URL'>,
  ) {}

  async create(input: NewImport, userId: string | null): Promise<CreatedImport> {
    const fileName = input.fileName.trim();
    const consentText = input.consentText?.trim() || null;
    const tags = parseTags(input.tags ?? []);
    const userErrors: SubscriberError[] = [];
    if (!FILE_NAME.test(fileName)) {
      userErrors.push(invalidInput('fileName', `Use a file name of 1 to ${LONGEST_FILE_NAME} characters.`));
    }
    if (consentText !== null && !isConsentText(consentText)) {
      userErrors.push(invalidInput('consentText', CONSENT_TEXT_RULE));
    }
    const columnsFault = faultOfColumns(input.columns ?? []);
    if (columnsFault !== null) userErrors.push(invalidInput('columns', columnsFault));
    if (tags.fault !== null) userErrors.push(invalidInput('tags', tags.fault));
    if (tags.fault !== null || userErrors.length > 0)
      return { subscriberImport: null, uploadUrl: null, userErrors };

    const token = randomBytes(32).toString('base64url');
    const imports = this.dataSource.getRepository(ImportEntity);
    const id = newId();
    await imports.insert({
      id,
      fileName,
      onExisting: input.onExisting,
      tags: tags.value,
      columns: input.columns ? [...input.columns] : null,
      consentText,
      dryRun: input.dryRun,
      createdById: userId,
      createdAt: new Date(),
      status: 'WAITING_FOR_FILE',
      tokenHash: createHash('sha256').update(token).digest(),
      tokenExpiresAt: () => `now() + interval '${TOKEN_MINUTES} minutes'`,
    });
    return {
      subscriberImport: await imports.findOneByOrFail({ id }),
      uploadUrl: this.config.PUBLIC_URL + FILE_PATH.replace(':token', token),
      userErrors: [],
    };
  }

  /** Stops an import. A batch that is being written is committed first. An import that has ended stays as it is. */
  async cancel(id: string): Promise<CancelledImport> {
    const imports = this.dataSource.getRepository(ImportEntity);
    if (!isId(id)) return { subscriberImport: null, userErrors: [NO_IMPORT] };
    const { affected } = await imports
      .createQueryBuilder()
      .update()
      .set({ status: 'CANCELLED', finishedAt: () => 'now()', tokenHash: null, uploadId: null })
      .where({ id })
      .andWhere(`status IN ('WAITING_FOR_FILE', 'RUNNING')`)
      .execute();
    if (affected) await this.run.clear(id);
    const subscriberImport = await imports.findOneBy({ id });
    return { subscriberImport, userErrors: subscriberImport ? [] : [NO_IMPORT] };
  }
}

function faultOfColumns(columns: readonly ColumnChoice[]): string | null {
  if (columns.length > MOST_COLUMNS) return `Use at most ${MOST_COLUMNS} columns.`;
  const headers = columns.map(({ header }) => header.trim());
  if (new Set(headers).size < headers.length) return 'Name each header once.';
  const valid = columns.every(({ field, attribute }) =>
    field === 'ATTRIBUTE' ? ATTRIBUTE.test(attribute?.trim() ?? '') : (attribute ?? null) === null,
  );
  return valid
    ? null
    : `Name an attribute of 1 to ${LONGEST_ATTRIBUTE} characters with ATTRIBUTE, and with no other field.`;
}
