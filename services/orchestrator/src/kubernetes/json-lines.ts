/** The lines of a stream of text, each parsed. `onBytes` is called whenever something comes. */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    onBytes();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}
