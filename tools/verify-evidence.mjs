#!/usr/bin/env node
// Checks a file of evidence (gharana-evidence/1): that the history of a household in it is whole and unaltered.
//
//     node tools/verify-evidence.mjs FILE... --policy POLICY [--json]
//
// It needs Node.js 20 and nothing else: no network, no database, no package, and no other file of the registry's. It is
// a second verifier beside `gharana verify`, written from docs/evidence.md and these public specifications:
//
//     RFC 9162, section 2.1       the Merkle tree and its inclusion proofs (as RFC 6962)
//     c2sp.org/signed-note        texts with signatures        c2sp.org/tlog-checkpoint    the head of a log as such a text
//     c2sp.org/tlog-cosignature   signatures of witnesses      c2sp.org/tlog-policy        whom the reader believes
//
// What it does NOT do: derive the decisions again. It proves which decisions were recorded and that none is missing; that
// each follows from the data and the rules of its day takes the rules, and `gharana verify` does that. Nor does it open
// names, where their keys are in the file.
//
// Ends with 0: verified. 1: refused, with the line that is wrong. 2: called wrongly. 3: a file cannot be read.

import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";

const FORMAT = "gharana-evidence/1";
const LINES_MAX = 100_000;
const LINE_BYTES_MAX = 16_000_000;
const NOTE_BYTES_MAX = 1_000_000;
const SIGNATURES_MAX = 100;
const CLOCK_TOLERANCE_SECONDS = 300;
const NOTHING_BEFORE = Buffer.alloc(32);
const ENTRY_FORMAT = 1;
const KIND_OF_EVENT = 1;
const KIND_OF_HEADS = 2;
const HEADS_NAME = "registry.heads_sealed.v1";
const HEADS_STREAM = "fa06de69-f263-5d17-8b37-7a0ed4fc4dbf";
const DAYS_STREAM = "ffcb5648-574f-5e43-b468-9e188f618d51";
const POLICIES_FROM = "ff000000-0000-0000-0000-000000000000"; // streams of policies have ids from here to the end
const HOUSEHOLDS_BELOW = "f9000000-0000-0000-0000-000000000000";
const OUTCOMES = { 1: "ineligible", 2: "eligible", 3: "pending", 4: "blocked" };
const NOT_CHECKED = "whether each decision follows from the data and the rules of its day (`gharana verify` derives it again)";

class Refused extends Error {
  line = null;
}
class Unreadable extends Error {}

function refuse(why) {
  throw new Refused(why);
}

/** Does some work; whatever is refused in it is wrong on this line. */
function onLine(number, work) {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Refused) problem.line ??= number;
    throw problem;
  }
}

// ------------------------------------------------------------------------------------------------------------- bytes

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const streamBytes = (uuid) => Buffer.from(uuid.replaceAll("-", ""), "hex");
const decisionsOf = (household) => household.slice(0, -1) + (parseInt(household.at(-1), 16) | 1).toString(16);

function eightBytes(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** Standard base64 with padding, in the one way in which these bytes are written. */
function fromBase64(text, length = null) {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) refuse("what should be base64 is not, or is not written in the one way there is");
  if (length !== null && bytes.length !== length) refuse(`there are ${bytes.length} bytes where ${length} must be`);
  return bytes;
}

function asText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("it is not UTF-8");
  }
}

// ------------------------------------------------------------------------------------------------ the tree (RFC 9162)

const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

/** RFC 9162, section 2.1.3.2, by its own names. Numbers stay below 2^53, so shifts are divisions. */
function checkInclusion(leafIndex, treeSize, leaf, proof, root) {
  if (!(leafIndex >= 0 && leafIndex < treeSize)) refuse(`entry ${leafIndex} is not in a tree of ${treeSize} entries`);
  let [fn, sn, r] = [leafIndex, treeSize - 1, leaf];
  for (const p of proof) {
    if (sn === 0) refuse("the inclusion proof is longer than the tree is high");
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn !== 0 && fn % 2 === 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  if (sn !== 0 || !r.equals(root)) {
    refuse(`the inclusion proof of entry ${leafIndex} does not lead to the root of the tree of ${treeSize} entries`);
  }
}

/** The leaf of an event: format, kind, stream, version, the leaf before it in its stream, and the stored event's hash. */
function leafOf(kind, stream, version, previous, name, state) {
  const record = sha256(Buffer.from(name), Buffer.from([0]), state);
  return leafHash(
    Buffer.concat([Buffer.from([ENTRY_FORMAT, kind]), streamBytes(stream), eightBytes(version), previous, record]),
  );
}

// ------------------------------------------------------------------- signatures (signed-note, checkpoint, cosignature)

const ED25519 = 1;
const COSIGNATURE = 4;

/** A verifier key: name+keyid+base64(algorithm, public key). */
function readKey(text, algorithm, whose) {
  const [, name, keyId, rest] = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? refuse(`${text} is not a verifier key`);
  const bytes = fromBase64(rest, 33);
  if (bytes[0] !== algorithm) refuse(`the key of ${name} is not that of a ${whose}`);
  if (sha256(Buffer.from(`${name}\n`), bytes).toString("hex", 0, 4) !== keyId) refuse(`the key id of ${name} is wrong`);
  const jwk = { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url", 1) };
  return { name, keyId, algorithm, publicKey: bytes.toString("hex", 1), key: createPublicKey({ key: jwk, format: "jwk" }) };
}

/** Returns the time that a signature states, in seconds since 1970; 0 where it states none. */
function checkSignature(key, signature, text) {
  let time = 0;
  let signed = text;
  if (key.algorithm === COSIGNATURE) {
    if (signature.length < 8) refuse(`the signature of ${key.name} is cut short`);
    time = signature.readBigUInt64BE();
    signed = `cosignature/v1\ntime ${time}\n${text}`;
    signature = signature.subarray(8);
  }
  if (!verifySignature(null, Buffer.from(signed), key.key, signature)) {
    refuse(`the signature of ${key.name} does not fit the text and the key`);
  }
  return Number(time);
}

/** The text of a note and its signature lines; nothing is checked yet. */
function splitNote(note) {
  if (Buffer.byteLength(note) > NOTE_BYTES_MAX) refuse(`a note has at most ${NOTE_BYTES_MAX} bytes`);
  const end = note.lastIndexOf("\n\n");
  if (/[\x00-\x09\x0b-\x1f]/.test(note) || end < 0 || !note.endsWith("\n") || end + 2 >= note.length) {
    refuse("the note is malformed: it is a text, a blank line, and signature lines");
  }
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const [, name, content] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? refuse("a signature line of the note is malformed");
    const bytes = fromBase64(content);
    if (bytes.length <= 4) refuse(`the signature of ${name} is cut short`);
    return { name, keyId: bytes.toString("hex", 0, 4), signature: bytes.subarray(4) };
  });
  if (signatures.length > SIGNATURES_MAX) refuse(`a note has at most ${SIGNATURES_MAX} signatures`);
  return { text: note.slice(0, end + 1), signatures };
}

/** The checkpoint in a note, believed by a policy: signed by one of its logs, and by enough of its witnesses. */
function openCheckpoint(note, policy, now) {
  const { text, signatures } = splitNote(note);
  const [origin, size, root, ...extensions] = text.split("\n");
  if (extensions.pop() !== "" || !origin || extensions.includes("")) refuse("a checkpoint has three lines, and this has not");
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) refuse(`${size} is not the size of a tree`);
  const logs = policy.logs.filter((log) => log.name === origin);
  if (logs.length === 0) refuse(`the checkpoint is of ${origin}, which the trust policy does not know`);
  const signedBy = new Map();
  for (const { name, keyId, signature } of signatures) {
    for (const key of [...logs, ...policy.witnesses.map((witness) => witness.key)]) {
      if (key.name !== name || key.keyId !== keyId) continue;
      const time = checkSignature(key, signature, text);
      if (time > now + CLOCK_TOLERANCE_SECONDS) refuse(`the checkpoint is from the future: ${name} signed it at ${time}`);
      if (!signedBy.has(key)) signedBy.set(key, time);
    }
  }
  if (!logs.some((log) => signedBy.has(log))) refuse(`the checkpoint is not signed by any key that the policy has for ${origin}`);
  if (policy.quorum !== null && !isMet(policy.quorum, signedBy)) {
    const missing = policy.witnesses.filter((witness) => !signedBy.has(witness.key)).map((witness) => witness.name);
    refuse(`too few witnesses signed the checkpoint: ${missing.join(", ")} did not`);
  }
  const by = [...signedBy].map(([key, time]) => ({ name: key.name, time }));
  return { origin, size: Number(size), root: fromBase64(root, 32), signedBy: by };
}

// ------------------------------------------------------------------------------------------- whom to believe (tlog-policy)

const isMet = (one, signedBy) =>
  one.members ? one.members.filter((member) => isMet(member, signedBy)).length >= one.needed : signedBy.has(one.key);

function readPolicy(text) {
  const policy = { logs: [], witnesses: [], quorum: undefined };
  const named = new Map();
  const inAGroup = new Set();
  const publicKeys = new Set();
  const newKey = (written, algorithm, whose) => {
    const key = readKey(written, algorithm, whose);
    if (publicKeys.has(key.publicKey)) refuse(`the key of ${key.name} stands there twice`);
    publicKeys.add(key.publicKey);
    return key;
  };
  const give = (name, what) => {
    if (name === "none" || named.has(name)) refuse(`the name ${name} is taken`);
    named.set(name, what);
    return what;
  };
  const find = (name) => named.get(name) ?? refuse(`no witness and no group above it is named ${name}`);
  const takeGroup = (name, number, members) => {
    if (members.length === 0) refuse("a group has members");
    for (const member of members) {
      find(member);
      if (inAGroup.has(member)) refuse(`${member} stands in a group already`);
      inAGroup.add(member);
    }
    const needed = number === "any" ? 1 : number === "all" ? members.length : Number(number);
    if (!/^(any|all|[1-9][0-9]*)$/.test(number) || needed > members.length) refuse(`${number} of ${members.length} is not possible`);
    give(name, { needed, members: members.map(find) });
  };
  text.split("\n").forEach((line, at) =>
    onLine(at + 1, () => {
      if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) refuse("it holds a control character");
      const [word, ...rest] = line.split(/[ \t]+/).filter((part) => part !== "");
      if (word === undefined || word.startsWith("#")) return;
      if (word === "log" && (rest.length === 1 || rest.length === 2)) {
        policy.logs.push(newKey(rest[0], ED25519, "log"));
      } else if (word === "witness" && (rest.length === 2 || rest.length === 3)) {
        policy.witnesses.push(give(rest[0], { name: rest[0], key: newKey(rest[1], COSIGNATURE, "witness") }));
      } else if (word === "group" && rest.length >= 2) {
        takeGroup(rest[0], rest[1], rest.slice(2));
      } else if (word === "quorum" && rest.length === 1 && policy.quorum === undefined) {
        policy.quorum = rest[0] === "none" ? null : find(rest[0]);
      } else {
        refuse(`it begins with ${word}, and is no line of a policy, or a second quorum`);
      }
    }),
  );
  if (policy.quorum === undefined) refuse("the trust policy has no quorum line");
  return policy;
}

// ------------------------------------------------------------------------------------------------------- MessagePack

/** Decodes the stored bytes of an event: [envelope, event], both arrays of fields in their order. */
function decodeState(bytes) {
  let at = 0;
  const take = (length) => {
    if (at + length > bytes.length) refuse("a stored event ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const whole = (length) => Number(take(length).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  const signed = (length) => Number(BigInt.asIntN(8 * length, take(length).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)));
  const many = (count) => Array.from({ length: count }, value);
  const pairs = (count) => new Map(Array.from({ length: count }, () => [value(), value()]));
  function value() {
    const type = whole(1);
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return pairs(type & 0x0f);
    if (type <= 0x9f) return many(type & 0x0f);
    if (type <= 0xbf) return asText(take(type & 0x1f));
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: return Buffer.from(take(whole(1 << (type - 0xc4))));
      case 0xcb: return Buffer.from(take(8)).readDoubleBE();
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return whole(1 << (type - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return signed(1 << (type - 0xd0));
      case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return { extension: whole(1), bytes: take(1 << (type - 0xd4)) };
      case 0xc7: { const length = whole(1); return { extension: whole(1), bytes: take(length) }; }
      case 0xd9: case 0xda: case 0xdb: return asText(take(whole(1 << (type - 0xd9))));
      case 0xdc: case 0xdd: return many(whole(2 << (type - 0xdc)));
      case 0xde: case 0xdf: return pairs(whole(2 << (type - 0xde)));
      default: return refuse("a stored event holds a type that events do not have");
    }
  }
  const decoded = value();
  if (at !== bytes.length || !Array.isArray(decoded) || !Array.isArray(decoded[1])) refuse("a stored event is not one");
  return decoded;
}

// ------------------------------------------------------------------------------------------------ the lines of the file

// How a field is read; false stands for what it must not be.
const number = (from) => (value) => Number.isSafeInteger(value) && value >= from && value;
const isText = (value) => typeof value === "string" && value.isWellFormed() && value;
const bytes = (length = null) => (value) => {
  const found = typeof value === "string" && fromBase64(value);
  return (length === null || found.length === length) && found;
};
const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value) && value;
const uuid = matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const storedName = matches(/^[a-z0-9_.]+$/); // no zero byte, which ends the name where an event is hashed
const hashes = (value) =>
  Array.isArray(value) && value.length <= 63 && value.map((one) => bytes(32)(one) || refuse("a proof is made of hashes"));
const instant = (value) =>
  matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/)(value) &&
  !value.endsWith(".000000Z") &&
  !value.startsWith("0000") &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString().startsWith(value.slice(0, 19)) && // 31 February is moved to March, and refused here
  value;

// Each kind of line, and its fields in their order.
const KINDS = {
  about: { format: isText, household: uuid, made_at: instant, lines: number(1) },
  checkpoint: { note: isText },
  heads: { position: number(1), version: number(1), previous: bytes(32), state: bytes(), proof: hashes },
  head: { index: number(0), stream: uuid, version: number(1), leaf: bytes(32), proof: hashes },
  event: { position: number(1), stream: uuid, version: number(1), name: storedName, state: bytes(), proof: hashes, previous: bytes(32) },
  key: { owner: uuid, key: bytes(32) },
  end: {},
};

/** Reads one line. It can be written in one way only: no spaces, no field twice, fields in their order. */
function readLine(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    refuse("it is not JSON, or is cut short");
  }
  const kind = found?.line;
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) refuse(`it is not a line of ${FORMAT}: there is no such kind`);
  if (JSON.stringify(found) !== text) refuse("it is not written in the one way there is");
  const wanted = Object.keys(KINDS[kind]).filter((field) => field !== "previous" || kind !== "event" || "previous" in found);
  if (Object.keys(found).join() !== ["line", ...wanted].join()) refuse(`a line of ${kind} has other fields than these`);
  const line = { kind };
  for (const field of wanted) {
    line[field] = KINDS[kind][field](found[field]);
    if (line[field] === false) refuse(`its ${field} is not what it must be`);
  }
  return line;
}

/** All lines of a file, each with its number. */
function readLines(content) {
  const lines = [];
  for (let begin = 0; begin < content.length; ) {
    const end = content.indexOf(10, begin);
    const number = lines.length + 1;
    if (number > LINES_MAX) onLine(LINES_MAX, () => refuse(`evidence has at most ${LINES_MAX} lines`));
    if (end - begin > LINE_BYTES_MAX) onLine(number, () => refuse(`a line has at most ${LINE_BYTES_MAX} bytes`));
    if (end < 0) onLine(number, () => refuse("the file ends inside this line: it is cut short"));
    lines.push(onLine(number, () => ({ number, ...readLine(asText(content.subarray(begin, end))) })));
    begin = end + 1;
  }
  if (lines.length === 0) onLine(1, () => refuse("the file is empty: it is cut short"));
  return lines;
}

// --------------------------------------------------------------------------------------------------------- the evidence

function verifyEvidence(content, policy, now) {
  const lines = readLines(content);
  const last = lines.at(-1);
  let next = 0;
  const take = (kind) => {
    const line = lines[next];
    if (line === undefined) onLine(last.number, () => refuse("the file ends here: it is cut short"));
    if (line.kind !== kind) onLine(line.number, () => refuse(`it is of ${line.kind}, where ${kind} must come`));
    next += 1;
    return line;
  };
  const takeAll = (kind) => {
    const begin = next;
    while (lines[next]?.kind === kind) next += 1;
    return lines.slice(begin, next);
  };

  const about = take("about");
  const household = about.household;
  if (last.kind !== "end") onLine(last.number, () => refuse("the file ends here without its end: it is cut short"));
  onLine(about.number, () => {
    if (about.format !== FORMAT) refuse(`it is of format ${about.format}, and this program checks ${FORMAT}`);
    if (about.lines !== lines.length) refuse(`the file should have ${about.lines} lines and has ${lines.length}`);
    if (household >= HOUSEHOLDS_BELOW || decisionsOf(household) === household) refuse(`${household} is not the id of a household`);
  });
  const note = take("checkpoint");
  const checkpoint = onLine(note.number, () => openCheckpoint(note.note, policy, now));
  const stated = take("heads");
  const heads = onLine(stated.number, () => checkHeads(stated, checkpoint));
  const rows = takeAll("head");
  const ends = checkRows(rows, household, heads, rows.at(-1)?.number ?? stated.number);
  const events = takeAll("event");
  checkEvents(events, household, checkpoint, heads, ends);
  const keys = takeAll("key");
  for (const [at, key] of keys.entries()) {
    if (keys.findIndex((one) => one.owner === key.owner) < at) onLine(key.number, () => refuse(`it is the second key of ${key.owner}`));
  }
  const end = take("end");
  if (next < lines.length) onLine(lines[next].number, () => refuse("it stands behind the end"));
  onLine(end.number, () => checkNothingIsWithheld(events, household, ends));
  for (const event of events) {
    onLine(event.number, () => {
      event.decoded = decodeState(event.state);
      const isDecision = event.name === "standing.decided.v1" && Array.isArray(event.decoded[1][3]);
      if (event.stream === decisionsOf(household) && !isDecision) refuse(`no event ${event.name} belongs in a stream of decisions`);
    });
  }
  return { household, checkpoint, heads, events, keys };
}

const isWhole = (stream, household) =>
  stream === household || stream === decisionsOf(household) || (stream >= POLICIES_FROM && stream !== DAYS_STREAM);

/** The heads are an event of the log, which speaks of what stood in the log before it. */
function checkHeads(stated, checkpoint) {
  const leaf = leafOf(KIND_OF_HEADS, HEADS_STREAM, stated.version, stated.previous, HEADS_NAME, stated.state);
  checkInclusion(stated.position - 1, checkpoint.size, leaf, stated.proof, checkpoint.root);
  const [on, untilPosition, streams, root] = decodeState(stated.state)[1];
  if (!(streams >= 1 && streams <= untilPosition && untilPosition < stated.position) || !Buffer.isBuffer(root)) {
    refuse("the heads are stated up to a position that does not lie before them");
  }
  return { on, untilPosition, streams, root };
}

/** The rows are of the heads tree, and they say all there is to be said of the household and of the policies. */
function checkRows(rows, household, heads, lastLine) {
  let before = null;
  for (const row of rows) {
    onLine(row.number, () => {
      const leaf = leafHash(Buffer.concat([streamBytes(row.stream), eightBytes(row.version), row.leaf]));
      checkInclusion(row.index, heads.streams, leaf, row.proof, heads.root);
      if (before && (row.index <= before.index || row.stream <= before.stream)) refuse("rows of the heads must stand in their order");
    });
    before = row;
  }
  onLine(lastLine, () => {
    for (const stream of [household, decisionsOf(household)]) {
      if (rows.some((row) => row.stream === stream)) continue;
      const below = rows.findLast((row) => row.stream < stream)?.index ?? -1;
      const above = rows.find((row) => row.stream > stream)?.index ?? heads.streams;
      if (above !== below + 1) refuse(`a head is missing: neither where stream ${stream} ends is shown, nor that there is none`);
    }
    const below = rows.findLast((row) => row.stream < POLICIES_FROM)?.index ?? -1;
    const policies = rows.filter((row) => row.stream >= POLICIES_FROM);
    if (policies.length !== heads.streams - 1 - below || policies.some((row, at) => row.index !== below + 1 + at)) {
      refuse("not all policies are there: heads of some of them are missing");
    }
  });
  return new Map(rows.map((row) => [row.stream, row]));
}

/** Every event is in the log, behind the one before it in its stream, and the last ones are those that the heads state. */
function checkEvents(events, household, checkpoint, heads, ends) {
  const reached = new Map();
  let position = 0;
  for (const event of events) {
    onLine(event.number, () => {
      if (event.position <= position) refuse(`position ${event.position} comes after ${position}: events out of order`);
      position = event.position;
      const before = reached.get(event.stream) ?? { version: 0, leaf: NOTHING_BEFORE };
      const isNext = event.version === before.version + 1;
      let previous = before.leaf;
      if (event.stream === DAYS_STREAM) {
        previous = event.previous ?? refuse("a day names the leaf before it");
        if (event.version <= before.version) refuse("days stand in their order");
        if (isNext && !previous.equals(before.leaf)) refuse("this day does not name the day before it, which stands above");
      } else if (!isWhole(event.stream, household)) {
        refuse(`stream ${event.stream} is not of this household, nor a policy`);
      } else if (!isNext || event.previous) {
        refuse(`version ${event.version} of stream ${event.stream} stands where version ${before.version + 1} must come`);
      }
      const leaf = leafOf(KIND_OF_EVENT, event.stream, event.version, previous, event.name, event.state);
      checkInclusion(event.position - 1, checkpoint.size, leaf, event.proof, checkpoint.root);
      reached.set(event.stream, { version: event.version, leaf });
      const head = ends.get(event.stream);
      const isCovered = head !== undefined && event.version <= head.version;
      if (isCovered !== event.position <= heads.untilPosition || (head?.version === event.version && !head.leaf.equals(leaf))) {
        refuse(`the heads state another end of stream ${event.stream} than this event`);
      }
    });
  }
}

function checkNothingIsWithheld(events, household, ends) {
  for (const [stream, head] of ends) {
    const there = events.findLast((event) => event.stream === stream)?.version ?? 0;
    if (isWhole(stream, household) && there < head.version) {
      refuse(`events are withheld: stream ${stream} has ${head.version}, and the file ends with its version ${there}`);
    }
  }
}

// -------------------------------------------------------------------------------------------------- what is printed

function answerOf({ household, checkpoint, heads, events, keys }) {
  const own = events.filter((event) => event.stream === household);
  const decisions = events.filter((event) => event.stream === decisionsOf(household));
  return {
    verified: true,
    household,
    registered: own.length > 0,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: checkpoint.root.toString("hex"),
    signed_by: checkpoint.signedBy.map((one) => one.name),
    witnessed: checkpoint.signedBy.filter((one) => one.time > 0),
    complete_until_position: heads.untilPosition,
    complete_as_of: heads.on,
    events: own.map(({ position, version, name, decoded }) => ({ position, version, day: decoded[1][0], name })),
    decisions: decisions.map(({ position, decoded: [, [on, programme, , [outcome, reason, , score], , cause]] }) => {
      return { position, on, programme, outcome: OUTCOMES[outcome], reason, score: score ?? null, cause_position: cause };
    }),
    policies: events.length - own.length - decisions.length,
    beyond: [...own, ...decisions].map((event) => event.position).filter((position) => position > heads.untilPosition),
    keys: keys.length,
    not_checked: NOT_CHECKED,
  };
}

function* wordsOf(answer) {
  const time = (seconds) => new Date(1000 * seconds).toISOString();
  const witnesses = answer.witnessed.map((one) => `${one.name} at ${time(one.time)}`).join(", ");
  yield `Verified: household ${answer.household}.`;
  yield `Sealed by ${answer.origin}, ${answer.size} events, ${witnesses ? `witnessed by ${witnesses}` : "and the policy asks for no witness"}.`;
  const whole = `up to position ${answer.complete_until_position}, of ${answer.complete_as_of}`;
  if (!answer.registered) yield `No household of this id was registered, ${whole}.`;
  else yield `${answer.events.length} events and ${answer.decisions.length} decisions: all there are, ${whole}.`;
  if (answer.beyond.length) yield `${answer.beyond.length} of them came later: they stand in the log, and others might too.`;
  for (const event of answer.events) yield `  ${String(event.position).padStart(12)}  ${event.day}  ${event.name}`;
  if (answer.decisions.length) yield "Decisions as they are recorded:";
  for (const one of answer.decisions) {
    const score = one.score === null ? "" : `, score ${one.score}`;
    yield `  ${String(one.position).padStart(12)}  ${one.on}  ${one.programme}: ${one.outcome} (${one.reason})${score}`;
  }
  if (answer.keys) yield `There are ${answer.keys} keys in the file, by which \`gharana verify\` opens names; here they stay sealed.`;
  yield `Not checked: ${answer.not_checked}.`;
}

function read(place) {
  try {
    return readFileSync(place);
  } catch (problem) {
    throw new Unreadable(`${place} cannot be read (${problem.code})`);
  }
}

function main(given) {
  const asJson = given.includes("--json");
  const at = given.indexOf("--policy");
  const files = given.filter((one, index) => !one.startsWith("--") && (at < 0 || index !== at + 1));
  const isKnown = given.every((one) => !one.startsWith("--") || one === "--json" || one === "--policy");
  if (at < 0 || given[at + 1] === undefined || files.length === 0 || !isKnown) {
    console.error("Usage: node verify-evidence.mjs FILE... --policy POLICY [--json]");
    return 2;
  }
  let file = given[at + 1];
  let worst = 0;
  const attempt = (work) => {
    try {
      return work();
    } catch (problem) {
      if (!(problem instanceof Refused || problem instanceof Unreadable)) throw problem;
      const why = problem instanceof Refused ? `${problem.line ? `Line ${problem.line}: ` : ""}${problem.message}.` : `${problem.message}.`;
      if (asJson) console.log(JSON.stringify({ verified: false, file, line: problem.line ?? null, why }));
      else console.error(`${file} is not verified. ${why}`);
      worst = Math.max(worst, problem instanceof Refused ? 1 : 3);
      return null;
    }
  };
  const policy = attempt(() => readPolicy(asText(read(file))));
  if (policy === null) return worst;
  for (file of files) {
    attempt(() => {
      const answer = answerOf(verifyEvidence(read(file), policy, Date.now() / 1000));
      if (asJson) console.log(JSON.stringify({ file, ...answer }));
      else for (const sentence of wordsOf(answer)) console.log(sentence);
    });
  }
  return worst;
}

process.exitCode = main(process.argv.slice(2));
