import { randomBytes } from 'node:crypto';
import { Session, type SessionOptions } from './session.ts';

/** The sessions that exist: those with a connection, and those that may still be resumed. */
export class SessionStore {
  #sessions = new Map<string, Session>();
  #resumeWithinMs: number;
  #onEnd: (session: Session) => void;

  constructor(resumeWithinMs: number, onEnd: (session: Session) => void) {
    this.#resumeWithinMs = resumeWithinMs;
    this.#onEnd = onEnd;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  create(options: Omit<SessionOptions, 'id'>): Session {
    const session = new Session({ ...options, id: randomBytes(16).toString('hex') });
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The connection is gone; the session waits for a resume, for as long as Discord would. */
  disconnect(session: Session): void {
    session.connection = null;
    clearTimeout(session.expiry);
    session.expiry = setTimeout(() => this.end(session), this.#resumeWithinMs);
    session.expiry.unref();
  }

  /** The session cannot be resumed any more. */
  end(session: Session): void {
    clearTimeout(session.expiry);
    if (session.connection !== null) session.connection.session = null;
    session.connection = null;
    if (this.#sessions.delete(session.id)) this.#onEnd(session);
  }

  endAll(): void {
    for (const session of [...this.#sessions.values()]) this.end(session);
  }
}
