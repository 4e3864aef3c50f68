package dev.relevo.operator;

/** 64 bits of a key, for indexes that cannot hold the keys themselves. */
final class KeyHash {
  private KeyHash() {}

  /** FNV-1a over the characters, and the finish of MurmurHash3 so that low bits differ, too. */
  static long of(String key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
