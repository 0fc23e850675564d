/** The API server refused a request. `reason` and `message` are its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Of HTTP. */
  readonly code: number;
  readonly reason: string;

  constructor(what: string, status: { readonly code: number; readonly reason: string; readonly message: string }) {
    super(`${what}: ${status.code} ${status.reason} ${status.message}`.trim());
    this.code = status.code;
    this.reason = status.reason;
  }

  /** From the body of an answer, which may be anything. */
  static of(what: string, code: number, body: string): ApiError {
    const { reason, message } = statusIn(body);
    return new ApiError(what, { code, reason, message });
  }
}

export function isCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}

function statusIn(body: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason, message } = JSON.parse(body) as { reason?: unknown; message?: unknown };
    return { reason: typeof reason === 'string' ? reason : '', message: typeof message === 'string' ? message : '' };
  } catch {
    return { reason: '', message: body.slice(0, 200) };
  }
}
