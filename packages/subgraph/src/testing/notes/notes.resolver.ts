import { randomUUID } from 'node:crypto';
import { CurrentViewer, Live, Public, RequiresScopes, type Viewer } from '@kit/auth';
import { CONFIG } from '@kit/service';
import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { PushedEvents } from '../pushed-events.js';
import type { Config } from './config.js';
import { NoteEntity, NoteType } from './note.js';

@Resolver(() => NoteType)
export class NotesResolver {
  private readonly watchers = new Set<PushedEvents<{ noteAdded: NoteEntity }>>();

  constructor(
    @InjectRepository(NoteEntity) private readonly notes: Repository<NoteEntity>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Query(() => [NoteType], { description: 'All notes.' })
  @Public()
  allNotes(): Promise<NoteEntity[]> {
    return this.notes.find();
  }

  @Mutation(() => NoteType, { description: 'Adds a note.' })
  async addNote(@Args('text') text: string, @CurrentViewer() viewer: Viewer): Promise<NoteEntity> {
    const note = { id: randomUUID(), text: `${this.config.GREETING}, ${viewer.userId}: ${text}` };
    await this.notes.insert(note);
    for (const watcher of this.watchers) watcher.push({ noteAdded: note });
    return note;
  }

  @Subscription(() => NoteType, { description: 'Sends each note that is added.' })
  @RequiresScopes('notes:read')
  @Live('SCOPES')
  noteAdded(): AsyncIterableIterator<{ noteAdded: NoteEntity }> {
    const events = new PushedEvents<{ noteAdded: NoteEntity }>();
    this.watchers.add(events);
    return events;
  }
}
