import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageSettings } from './image-settings.ts';

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

test('the image runs what the Dockerfile says, as nobody in particular', () => {
  expect(imageSettings(dockerfile, { VERSION: '1.2.3' })).toEqual({
    Env: ['PATH=/usr/bin', 'NODE_ENV=production', 'TILLSTREAM_VERSION=1.2.3'],
    WorkingDir: '/app',
    User: '10001:10001',
    Entrypoint: ['node', '--conditions=@tillstream/source', 'entry.ts'],
    Cmd: ['--help'],
  });
});

test('an instruction that only Docker would follow is refused', () => {
  expect(() => imageSettings(`${dockerfile}RUN true\n`, {})).toThrow('would lack this line: RUN true');
  expect(() => imageSettings('FROM scratch\nUSER 1\n', {})).toThrow('has no ENV');
});
