/** A refusal of the control API: `status` and a sentence. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

export const notFound = (what: string) => new ControlError(404, `unknown ${what}`);
export const refused = (why: string) => new ControlError(403, why);
export const malformed = (why: string) => new ControlError(400, why);
