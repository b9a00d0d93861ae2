package spool

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// A lane whose plugin rejects everything hands each record over as a dead letter, and settles it when that is published.
// On a disk that is full of its records it must get through with that, as every segment it is done with makes room.
func TestDiskThatIsFullIsDrainedByDeadLetters(t *testing.T) {
	for _, failure := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		for _, dead := range []int{900, 1000, 1100} {
			t.Run(fmt.Sprintf("%v, dead letters of %d bytes", failure, dead), func(t *testing.T) {
				m := newModelDisk()
				now := time.Unix(1_000_000, 0)
				d, err := tryDisk(m, DiskOptions{MaxBytes: 1 << 30}, func() time.Time { return now })
				if err != nil {
					t.Fatal(err)
				}
				a, letters := diskCursorOf(t, d, "a", BacklogOptions{}), diskCursorOf(t, d, "letters", BacklogOptions{})
				toA, toLetters := diskSet(t, d, "a"), diskSet(t, d, "letters")
				m.total, m.lacks = m.used()+300<<10, failure
				for n := 0; n < 3; {
					now = now.Add(time.Second)
					if !tryPut(t, d, testGroup("g", 1, 1000), toA) {
						n++
					}
				}
				if d.State().Trouble == nil {
					t.Fatal("the disk is not full")
				}
				drained := 0
				for {
					r, ok := a.Take(1, 1<<20, true)
					if !ok {
						break
					}
					p, err := d.AppendOver(&helped{impatient{Context: t.Context()}, func() {}}, testGroup("dead", 1, dead), toLetters)
					if err != nil {
						t.Fatalf("dead letter %d waits: %v", drained, err)
					}
					for range 3 {
						now = now.Add(time.Second)
						_ = d.commit(now)
						d.tick(now)
					}
					if record.Position(d.published.Load()) < p {
						t.Fatalf("dead letter %d is never published, so the lane never goes on: %v", drained, d.State().Trouble)
					}
					settle(letters, takeAll(letters)...)
					settle(a, r)
					drained++
				}
				if drained < 100 {
					t.Errorf("%d records were drained", drained)
				}
				if _, err := d.Append(&helped{impatient{Context: t.Context()}, func() { _ = d.commit(now); d.tick(now) }}, testGroup("g", 1, 1000), toA); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			})
		}
	}
}
