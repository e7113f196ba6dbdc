// Checks entries of a log of ours with npm's @sigstore/verify, as its verifyTLogInclusion does it for an entry of Rekor:
// verifyCheckpoint (dist/tlog/checkpoint.js), then verifyMerkleInclusion (dist/tlog/merkle.js). What an entry of Rekor has
// besides, a body of Rekor's kinds and a promise, is not there, and the functions for it do not run.
//
//   node verify_log.js < LOG.json
const crypto = require('crypto');
const { verifyTLogInclusion } = require('@sigstore/verify/dist/tlog');

const SPKI_OF_ED25519 = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410, section 4
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const authority = (publicKey) => ({
  logID: Buffer.from(given.keyId, 'hex'),
  baseURL: given.origin,
  publicKey: crypto.createPublicKey({
    key: Buffer.concat([SPKI_OF_ED25519, Buffer.from(publicKey, 'base64')]), format: 'der', type: 'spki',
  }),
});
const ours = [authority(given.publicKey)];
const told = {};

function check(what, entry, tlogs = ours) {
  told[what] ??= { Accepted: 0, Rejected: 0 };
  try {
    verifyTLogInclusion(entry, tlogs);
    told[what].Accepted += 1;
  } catch (failure) {
    if (failure.code !== 'TLOG_INCLUSION_PROOF_ERROR') throw failure; // a fault of this program
    told[what].Rejected += 1;
  }
}

const flipped = (content, at) => { const copy = Buffer.from(content); copy[at] ^= 1; return copy; };
const entryOf = (one, envelope = given.checkpoint) => ({
  canonicalizedBody: Buffer.from(one.body, 'base64'),
  inclusionProof: {
    logIndex: String(one.index),
    hashes: one.hashes.map((hash) => Buffer.from(hash, 'base64')),
    checkpoint: { envelope },
  },
});
const changed = (entry, proof) => ({ ...entry, inclusionProof: { ...entry.inclusionProof, ...proof } });

for (const one of given.entries) {
  const entry = entryOf(one);
  const { hashes } = entry.inclusionProof;
  check('inclusion proof', entry);
  check('damaged entry', { ...entry, canonicalizedBody: flipped(entry.canonicalizedBody, one.index % 90) });
  check('damaged inclusion proof', changed(entry, { hashes: hashes.slice(1) }));
  check('damaged inclusion proof', changed(entry, { hashes: [...hashes, Buffer.alloc(32)] }));
  check('damaged inclusion proof', changed(entry, { logIndex: String(one.index ^ 1) }));
  hashes.forEach((hash, at) => check('damaged inclusion proof', changed(entry, {
    hashes: hashes.map((other, index) => (index === at ? flipped(hash, at) : other)),
  })));
}
const [first] = given.entries;
given.damagedCheckpoints.forEach((note) => check('damaged checkpoint', entryOf(first, note)));
check('checkpoint under another key', entryOf(first), [authority(given.anotherKey)]);
console.log(JSON.stringify(told));
