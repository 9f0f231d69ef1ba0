// What the tests use of Node, in place of the types of all of it.
declare module 'node:test' {
  export function test(name: string, body: () => void | Promise<void>): void
}
declare module 'node:assert/strict' {
  interface Assert {
    ok(value: unknown, message?: string): asserts value
    equal(seen: unknown, expected: unknown, message?: string): void
    deepEqual(seen: unknown, expected: unknown, message?: string): void
    match(seen: string, expected: RegExp, message?: string): void
    throws(body: () => void, expected: unknown): void
  }
  const assert: Assert
  export default assert
}
