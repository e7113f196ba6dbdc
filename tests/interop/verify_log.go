// Reads a log of ours with the Go project's own packages for its checksum database, and counts what they accept and
// what they reject. All judging is done by golang.org/x/mod/sumdb (note.Open, tlog.TileHashReader, tlog.ProveRecord,
// tlog.CheckRecord, tlog.ProveTree, tlog.CheckTree); this program reads files and makes damaged copies.
//
//	verify_log FOLDER VERIFIER-KEY PROOFS.json
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index  int64
	Hashes [][]byte
}

type consistency struct {
	OldSize, NewSize int64
	OldRoot, NewRoot []byte
	Hashes           [][]byte
}

// tiles maps the paths of the checksum database (tile/8/LEVEL/...) to those of C2SP tlog-tiles (tile/LEVEL/...).
type tiles struct {
	folder string
	damage bool
}

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if t.damage {
			content[len(content)/2] ^= 1
		}
		found = append(found, content)
	}
	return found, nil
}

type counts struct{ Accepted, Rejected int }

func (c *counts) add(err error) {
	if err == nil {
		c.Accepted++
	} else {
		c.Rejected++
	}
}

func main() {
	folder, key, proofs := os.Args[1], os.Args[2], os.Args[3]
	var ours struct {
		Inclusions    []inclusion
		Consistencies []consistency
	}
	content, err := os.ReadFile(proofs)
	must(err)
	must(json.Unmarshal(content, &ours))
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	told := map[string]*counts{}
	for _, what := range []string{"checkpoint", "damaged checkpoint", "entry by our tiles", "entry by damaged tiles",
		"our inclusion proof", "damaged inclusion proof", "tree by our tiles", "our consistency proof",
		"damaged consistency proof"} {
		told[what] = &counts{}
	}

	tree, err := open(checkpoint, key)
	told["checkpoint"].add(err)
	must(err)
	lastLetter := len(checkpoint) - len("=\n") - 1 // Go passes over its unused bits, which leave the signature as it is
	for at := range checkpoint {
		if at == lastLetter {
			continue
		}
		damaged := append([]byte{}, checkpoint...)
		damaged[at] ^= 1
		_, err := open(damaged, key)
		told["damaged checkpoint"].add(err)
	}

	reader := tlog.TileHashReader(tree, tiles{folder, false})
	entries := allEntries(folder, tree.N)
	for index, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(index), reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), tlog.RecordHash(entry))
		}
		told["entry by our tiles"].add(err)
	}
	for index := int64(0); index < tree.N; index += 250 {
		_, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tiles{folder, true}))
		told["entry by damaged tiles"].add(err)
	}
	for _, one := range ours.Inclusions {
		leaf, proof := tlog.RecordHash(entries[one.Index]), tlog.RecordProof(hashes(one.Hashes))
		told["our inclusion proof"].add(tlog.CheckRecord(proof, tree.N, tree.Hash, one.Index, leaf))
		bad := told["damaged inclusion proof"]
		for _, damaged := range damagedProofs(proof) {
			bad.add(tlog.CheckRecord(damaged, tree.N, tree.Hash, one.Index, leaf))
		}
		bad.add(tlog.CheckRecord(proof, tree.N, tree.Hash, one.Index^1, leaf))
		bad.add(tlog.CheckRecord(proof, tree.N, tree.Hash, one.Index, tlog.RecordHash([]byte("another entry"))))
	}
	for _, one := range ours.Consistencies {
		newRoot, oldRoot, proof := hash(one.NewRoot), hash(one.OldRoot), tlog.TreeProof(hashes(one.Hashes))
		theirs, err := tlog.ProveTree(tree.N, one.OldSize, reader)
		if err == nil {
			err = tlog.CheckTree(theirs, tree.N, tree.Hash, one.OldSize, oldRoot)
		}
		told["tree by our tiles"].add(err)
		told["our consistency proof"].add(tlog.CheckTree(proof, one.NewSize, newRoot, one.OldSize, oldRoot))
		bad := told["damaged consistency proof"]
		for _, damaged := range damagedProofs(proof) {
			bad.add(tlog.CheckTree(damaged, one.NewSize, newRoot, one.OldSize, oldRoot))
		}
		bad.add(tlog.CheckTree(proof, one.NewSize, newRoot, one.OldSize, tlog.RecordHash(one.OldRoot)))
		bad.add(tlog.CheckTree(proof, one.NewSize, tlog.RecordHash(one.NewRoot), one.OldSize, oldRoot))
	}
	must(json.NewEncoder(os.Stdout).Encode(told))
}

// open checks the signature. Only the first line is another one than that of the checksum database.
func open(checkpoint []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	must(err)
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("of another origin: %q", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func allEntries(folder string, size int64) [][]byte {
	var entries [][]byte
	for number := int64(0); number*256 < size; number++ {
		tile := tlog.Tile{H: 8, L: -1, N: number, W: 256}
		if left := size - number*256; left < 256 {
			tile.W = int(left)
		}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		must(err)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return entries
}

// damagedProofs gives a proof with a bit changed in each hash, one too short, one too long and one turned around.
func damagedProofs(proof []tlog.Hash) [][]tlog.Hash {
	damaged := [][]tlog.Hash{append(append([]tlog.Hash{}, proof...), tlog.Hash{})}
	for at := range proof {
		changed := append([]tlog.Hash{}, proof...)
		changed[at][at%32] ^= 1
		damaged = append(damaged, changed)
	}
	if len(proof) > 0 {
		damaged = append(damaged, proof[1:], proof[:len(proof)-1])
	}
	if len(proof) > 1 {
		turned := append([]tlog.Hash{}, proof...)
		turned[0], turned[len(turned)-1] = turned[len(turned)-1], turned[0]
		damaged = append(damaged, turned)
	}
	return damaged
}

func hashes(all [][]byte) []tlog.Hash {
	var found []tlog.Hash
	for _, one := range all {
		found = append(found, hash(one))
	}
	return found
}

func hash(content []byte) (h tlog.Hash) {
	copy(h[:], content)
	return h
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
