import { Public } from '@kit/auth';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { defineSubgraph } from '../../define-subgraph.js';
import { variables } from './config.js';
import { database } from './database.js';
import { NoteEntity } from './note.js';
import { NotesResolver } from './notes.resolver.js';

@Controller('note-count')
@Public()
class NoteCountController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  count(): Promise<unknown> {
    return this.dataSource.query('SELECT count(*)::int FROM notes');
  }

  @Get(':text')
  countOf(@Param('text') text: string): Promise<unknown> {
    return this.dataSource.query('SELECT count(*)::int FROM notes WHERE text = $1', [text]);
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([NoteEntity])],
  controllers: [NoteCountController],
  providers: [NotesResolver],
})
class NotesModule {}

/** How many notes `start` found. */
export const found: number[] = [];

export const subgraph = defineSubgraph({
  database,
  port: 4999,
  variables,
  faults: ({ GREETING }) => (GREETING === 'Hey' ? ['GREETING is too familiar'] : []),
  modules: () => [NotesModule],
  polledPaths: ['/note-count'],
  gatewayPaths: ['/note-count/:text'],
  health: (get, { GREETING }) => ({
    checks: { paper: async () => get(NotesResolver).allNotes() },
    figures: async () => ({ greeting: GREETING }),
  }),
  start: async (app) => {
    found.push(await app.get(DataSource).getRepository(NoteEntity).count());
  },
});
