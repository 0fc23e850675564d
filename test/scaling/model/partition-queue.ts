/** Records that wait in one partition, by the second that they came in. */
export class PartitionQueue {
  end = 0;
  committed = 0;
  readonly #ends: number[] = [];
  #oldest = 0;

  /** Once for each second. */
  arrive(records: number): void {
    this.end += records;
    this.#ends.push(this.end);
  }

  get lag(): number {
    return this.end - this.committed;
  }

  work(records: number): void {
    this.committed = Math.min(this.end, this.committed + records);
    while (this.#oldest < this.#ends.length && this.#ends[this.#oldest]! <= this.committed) this.#oldest++;
  }

  /** Seconds since the oldest waiting record came; 0 when none waits. */
  get age(): number {
    return this.lag === 0 ? 0 : this.#ends.length - this.#oldest;
  }
}
