// Package batchtest makes batches for the tests of destinations.
package batchtest

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// New returns a batch of the records, as the router would send it, the first of them at position first. They came from
// source.tcp.app at the epoch and have ids that equal their positions. Batches of equal records and first have equal keys.
func New(t testing.TB, first uint64, records ...string) *sdk.Batch {
	t.Helper()
	req := &pluginv1.DeliverRequest{
		BatchId:       first,
		Attempt:       1,
		FirstPosition: first,
		LastPosition:  first + uint64(len(records)) - 1,
		Origins:       []*pluginv1.Origin{{Count: uint32(len(records)), Source: "source.tcp.app", Id: first}},
	}
	for _, r := range records {
		req.Sizes = append(req.Sizes, uint32(len(r)))
		req.Data = append(append(req.Data, r...), '\n')
	}
	key := sha256.Sum256(binary.BigEndian.AppendUint64(req.Data, first))
	req.Key = key[:16]
	b, err := sdk.NewBatch(req)
	if err != nil {
		t.Fatalf("make batch: %v", err)
	}
	return b
}
