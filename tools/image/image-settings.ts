import type { ImageSettings } from '@tillstream/stack';

/**
 * Reads the settings of a Dockerfile's last stage. `args` are the values of its build arguments. Throws when the
 * stage sets none of them, or has an instruction that would change the image and is not known here.
 */
export function imageSettings(dockerfile: string, args: Readonly<Record<string, string>>): ImageSettings {
  const lines = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')) + 1);
  const settings = new Map<string, string>();
  for (const line of lastStage) {
    const [, instruction = '', value = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (!KNOWN.has(instruction)) throw new Error(`the image without Docker would lack this line: ${line}`);
    settings.set(
      instruction,
      value.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args[name] ?? ''),
    );
  }
  const required = (instruction: string): string => {
    const value = settings.get(instruction);
    if (value === undefined) throw new Error(`the Dockerfile's last stage has no ${instruction}`);
    return value;
  };
  return {
    Env: required('ENV').split(' '),
    WorkingDir: required('WORKDIR'),
    User: required('USER'),
    Entrypoint: JSON.parse(required('ENTRYPOINT')) as string[],
    Cmd: JSON.parse(required('CMD')) as string[],
  };
}

/** The root folder is what COPY copies; the values of ARG are given. */
const KNOWN: ReadonlySet<string> = new Set(['COPY', 'ARG', 'ENV', 'WORKDIR', 'USER', 'ENTRYPOINT', 'CMD']);
