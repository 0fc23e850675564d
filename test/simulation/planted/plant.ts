import { registerHooks, type ModuleSource } from 'node:module';
import type { PlantedBug } from './bugs.ts';

const REPOSITORY = new URL('../../../', import.meta.url);

/** A planted bug whose code is no longer there: it would be "caught" or missed for the wrong reason. */
class StaleBugError extends Error {
  override readonly name = 'StaleBugError';
}

/**
 * Edits the real sources while they are loaded, so that a bug needs no switch in them and reaches private parts too.
 * To be called before the first of them is imported.
 */
export function plant(bug: PlantedBug): void {
  const edits = new Map((bug.edits ?? []).map((edit) => [new URL(edit.file, REPOSITORY).href, edit]));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const edit = edits.get(url);
      if (edit === undefined) return loaded;
      let source = textOf(loaded.source);
      for (const [right, wrong] of edit.replace) {
        if (source.split(right).length !== 2) {
          throw new StaleBugError(
            `${bug.name}: ${edit.file} does not hold exactly one \`${right}\`. Plant the bug where the code is now`,
          );
        }
        source = source.replace(right, () => wrong);
      }
      return { ...loaded, source };
    },
  });
}

function textOf(source: ModuleSource | undefined | null): string {
  if (typeof source === 'string') return source;
  if (source === undefined || source === null) throw new Error('a module without source');
  return Buffer.from(source as Uint8Array).toString();
}
