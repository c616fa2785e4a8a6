import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Headers,
  HttpStatus,
  ParseIntPipe,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import {
  ADD_SUBSCRIBER,
  GET_ALL_SUBSCRIBERS,
  SubscribersClient,
  SubscribersRecord,
  type AddedSubscriber,
  type NewSubscriber,
  type Subscriber,
  type SubscribersPage,
} from '@supergraph/nest-tcp-client';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, type Observable } from 'rxjs';
import { CurrentSender, LoggedInGuard, type Sender } from './logged-in.guard.js';

const optionalInt = new ParseIntPipe({
  optional: true,
  exceptionFactory: () => badInput('first', 'Use a whole number.'),
});

/** Forwards requests of logged-in users. email-subscriptions checks the input and the scopes. */
@Controller('subscribers')
@UseGuards(LoggedInGuard)
export class SubscribersController {
  constructor(private readonly client: SubscribersClient) {}

  /** Returns 201 with the subscriber, 200 if the address was already on the list, or 202 if it was emitted. */
  @Post()
  async add(
    @CurrentSender() sender: Sender,
    @Body() body: NewSubscriber,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Query('mode') mode: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AddedSubscriber | { requestId: string }> {
    if (mode !== undefined && mode !== 'event') throw badInput('mode', 'Use "event" or omit it.');
    const input = idempotencyKey === undefined ? body : { ...body, idempotencyKey };
    const message = new SubscribersRecord(input, sender);
    if (mode === 'event') {
      await lastValueFrom(this.client.emit(ADD_SUBSCRIBER, message));
      void reply.status(HttpStatus.ACCEPTED);
      return { requestId: sender.requestId };
    }
    const subscriber = await lastValueFrom(this.client.send(ADD_SUBSCRIBER, message));
    void reply.status(subscriber.created ? HttpStatus.CREATED : HttpStatus.OK);
    return subscriber;
  }

  /** Returns the newest 1,000, or one page with `first` or `after`. */
  @Get()
  list(
    @CurrentSender() sender: Sender,
    @Query('first', optionalInt) first: number | undefined,
    @Query('after') after: string | undefined,
  ): Observable<Subscriber[] | SubscribersPage> {
    return first === undefined && after === undefined
      ? this.client.send(GET_ALL_SUBSCRIBERS, new SubscribersRecord('', sender))
      : this.client.send(GET_ALL_SUBSCRIBERS, new SubscribersRecord({ first, after }, sender));
  }
}

function badInput(field: string, message: string): BadRequestException {
  return new BadRequestException({ code: 'BAD_USER_INPUT', message: `${field}: ${message}`, field: [field] });
}
