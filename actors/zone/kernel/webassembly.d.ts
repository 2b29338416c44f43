/** What of WebAssembly a kernel uses: it belongs to Node, and is in none of the libraries that types are taken from. */
declare namespace WebAssembly {
  /** Compiled code. */
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module'
  }
  const Module: new (bytes: Uint8Array) => Module

  class Memory {
    readonly buffer: ArrayBuffer
    /** Sizes in pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum: number })
  }

  class Instance {
    readonly exports: object
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } })
  }
}
