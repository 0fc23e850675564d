import { request } from 'node:https';

const ANSWER_WITHIN_MS = 2000;

/** True when a GET of this address, at a server that `authority` vouches for, is answered with success. */
export async function httpsAnswers(url: string, authority: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const asked = request(url, { ca: authority, agent: false, timeout: ANSWER_WITHIN_MS }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode === 200))
        .on('error', () => resolve(false));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer'))).on('error', () => resolve(false));
    asked.end();
  });
}
