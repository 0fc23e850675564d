type Column =
  | Float64Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** A copy of the column with room for `capacity` values. */
export function grown<Same extends Column>(column: Same, capacity: number): Same {
  const Same = column.constructor as new (length: number) => Same;
  const copy = new Same(capacity);
  copy.set(column);
  return copy;
}
