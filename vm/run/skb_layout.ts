/** Offsets of struct __sk_buff, as programs see it, and its size. */
export const Skb = {
  len: 0,
  pkt_type: 4,
  mark: 8,
  queue_mapping: 12,
  protocol: 16,
  vlan_present: 20,
  vlan_tci: 24,
  vlan_proto: 28,
  priority: 32,
  ingress_ifindex: 36,
  ifindex: 40,
  tc_index: 44,
  cb: 48,
  hash: 68,
  tc_classid: 72,
  data: 76,
  data_end: 80,
  napi_id: 84,
  family: 88,
  remote_ip4: 92,
  local_ip4: 96,
  remote_ip6: 100,
  local_ip6: 116,
  remote_port: 132,
  local_port: 136,
  data_meta: 140,
  flow_keys: 144,
  tstamp: 152,
  wire_len: 160,
  gso_segs: 164,
  sk: 168,
  gso_size: 176,
  tstamp_type: 180,
  hwtstamp: 184,
  SIZE: 192,
} as const;

/** Bytes of cb. */
export const CB_SIZE = 20;
/** Bytes of struct bpf_sock, which sk points to. */
export const SOCK_SIZE = 80;
export const ETH_HEADER = 14;
export const ETH_P_IP = 0x0800;
export const ETH_P_IPV6 = 0x86dd;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_8021AD = 0x88a8;
/** EtherTypes below this are lengths of 802.3 frames, whose protocol reads ETH_P_802_2. */
const ETH_P_802_3_MIN = 0x600;
const ETH_P_802_2 = 4;

/** A 16-bit number of the network, as a field of the host shows it. */
export const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >> 8);

/** The protocol of a frame by its EtherType. */
export const protocolOf = (etherType: number): number => (etherType < ETH_P_802_3_MIN ? ETH_P_802_2 : etherType);
