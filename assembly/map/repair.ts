import { MapType } from "../uapi/constants";
import { free_cpu } from "../mem/attach";
import { CPU_DEAD, cpu_slot } from "../mem/cpu";
import { addresses_release_of } from "../mem/deferral";
import { checkpoint } from "../mem/journal";
import { none_buried } from "../mem/section";
import { root } from "../mem/root";
import { id_find, id_next } from "../object/id";
import { OBJ_MAP } from "../object/object";
import { HashMap } from "./hash/hash_map";
import { table_recount } from "./hash/table";
import { LpmTrie, table_repair } from "./lpm/table";
import { Map } from "./map";
import { RingbufMap, ring_discard_of } from "./ringbuf";
import { BATCH_BUCKETS, ops_traits } from "./traits";

// What a dead thread leaves in maps that its journal does not put right: records of ring buffers that it had reserved, the
// number of elements of the map that it was changing, which threads count without a lock, and a trie's table that it was making.

/** Sees to the maps of all CPUs whose threads are dead, and gives the CPUs to whoever wants them; by one who is alone. */
export function repair_maps(): void {
  none_buried();
  for (let cpu: u32 = 0; cpu < root.nr_cpus; ++cpu) {
    const slot = cpu_slot(cpu);
    if (slot.state != CPU_DEAD) continue;
    repair_after(cpu, slot.map);
    slot.map = 0;
    addresses_release_of(slot);
    checkpoint();
    free_cpu(cpu);
  }
}

/** Discards a CPU's unfinished records, also of one that is given back in good order. */
export function repair_after(cpu: u32, changed: usize): void {
  for (let id = id_next(OBJ_MAP, 0); id; id = id_next(OBJ_MAP, id)) {
    const ptr = id_find(OBJ_MAP, id);
    const type = changetype<Map>(ptr).type;
    if (type == <u32>MapType.RINGBUF) ring_discard_of(changetype<RingbufMap>(ptr), cpu);
    else if (type == <u32>MapType.LPM_TRIE) table_repair(changetype<LpmTrie>(ptr));
    else if (ptr == changed && ops_traits(type) & BATCH_BUCKETS) table_recount(changetype<HashMap>(ptr));
    checkpoint();
  }
}
