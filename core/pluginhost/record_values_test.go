package pluginhost

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// byLastWord gives the attribute path the last word of a record, and level the first, which may be missing.
type byLastWord struct{}

func (byLastWord) Names() []string { return []string{"path", "level"} }

func (byLastWord) Resolve(run *spool.Run, to *delivery.Resolution) {
	at := 0
	for _, size := range run.Sizes {
		rec := run.Data[at : at+int(size)]
		at += int(size) + 1
		word := rec[bytes.LastIndexByte(rec, '\n')+1:]
		if len(word) == 0 {
			to.Fail("path is null")
			continue
		}
		to.Value(word)
		if bytes.HasSuffix(word, []byte("b")) {
			to.Absent()
		} else {
			to.Value([]byte("info"))
		}
		to.Next()
	}
}

// TestEachBatchArrivesWithItsValues goes from the spool through a lane to the process of a plugin, which rejects its
// batches with what it saw of them.
func TestEachBatchArrivesWithItsValues(t *testing.T) {
	o, _ := testOptions(t)
	m, err := spool.NewMemory(spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := m.Cursor(o.Address, spool.BacklogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := m.Set(o.Address)
	if err != nil {
		t.Fatal(err)
	}
	letters := &keptLetters{}
	lane := delivery.New(cursor, newDestination(o, fastTimings()), letters,
		delivery.Options{Address: o.Address, MaxAge: time.Hour, RejectLimit: 1}, delivery.Deps{Resolver: byLastWord{}})
	result := make(chan error, 1)
	go func() { result <- lane.Run(t.Context()) }()
	g := &record.Group{Origin: record.Origin{Source: "source.tcp.app", ID: 1, ReceivedUnixNano: 1}}
	for _, r := range []string{"echo\na", "echo\nb", "echo\na", "echo\n", "echo\na", "echo\nb"} {
		g.Sizes = append(g.Sizes, uint32(len(r)))
		g.Data = append(append(g.Data, r...), '\n')
	}
	if _, err := m.Append(t.Context(), g, set); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := lane.Drain(ctx); err != nil {
		t.Errorf("Drain: %v", err)
	}
	if err := <-result; err != nil {
		t.Errorf("Run: %v", err)
	}
	want := []string{
		"1: first=1 last=5 attempt=1 origins=3 sizes=[6 6 6] settled=0 retries=0 resolved=map[level:info path:a]",
		"2: first=2 last=6 attempt=1 origins=2 sizes=[6 6] settled=0 retries=0 resolved=map[path:b]",
		"3: first=1 last=5 attempt=1 origins=3 sizes=[6 6 6] settled=0 retries=0 resolved=map[level:info path:a]",
		"4: path is null",
		"5: first=1 last=5 attempt=1 origins=3 sizes=[6 6 6] settled=0 retries=0 resolved=map[level:info path:a]",
		"6: first=2 last=6 attempt=1 origins=2 sizes=[6 6] settled=0 retries=0 resolved=map[path:b]",
	}
	slices.Sort(letters.said)
	if !slices.Equal(letters.said, want) {
		t.Errorf("the plugin saw\n%s\nwant\n%s", strings.Join(letters.said, "\n"), strings.Join(want, "\n"))
	}
	if s := lane.Status(); s.DeadLettered != 6 || s.Held != 0 {
		t.Errorf("Status = %+v", s)
	}
}

// keptLetters keeps where each record was and why it was given up. The lane uses it from one goroutine at a time.
type keptLetters struct{ said []string }

func (k *keptLetters) Put(_ context.Context, letters []delivery.DeadLetter) error {
	for _, d := range letters {
		k.said = append(k.said, fmt.Sprintf("%d: %s", d.Position, d.Reason))
	}
	return nil
}
