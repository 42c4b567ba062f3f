using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (services = [(name = "main", worker = .suites)]);

const suites :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "bpf-maps.wasm", wasm = embed "bpf-maps.wasm"),
  ],
  compatibilityDate = "2026-01-01",
);
