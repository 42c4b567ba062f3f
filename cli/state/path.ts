const STATE_FILE = ".bpf-maps.state";

/** The state file: the one that was named, $BPF_MAPS_STATE, or the default in the working folder. */
export function statePath(named: string | undefined): string {
  return named ?? (process.env.BPF_MAPS_STATE || STATE_FILE);
}
