// k6 has a console; its types leave it to those of browsers, which would let pass much that k6 lacks.
declare const console: { error(message: string): void };
