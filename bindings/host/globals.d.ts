// The globals that the bindings use of every host, so that they compile without the types of the web and of Node: what is
// not declared here is not in every runtime. No file of the package refers to this one.

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { ignoreBOM?: boolean; fatal?: boolean });
  decode(bytes: ArrayBufferView): string;
}

declare const crypto: {
  getRandomValues<T extends ArrayBufferView>(view: T): T;
  randomUUID(): string;
};

declare function atob(base64: string): string;
