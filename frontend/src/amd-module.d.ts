/** AMD's own `module`: where this module was loaded from. */
declare module 'amd-module' {
  const amd: { id: string; uri: string } | undefined;
  export default amd;
}
