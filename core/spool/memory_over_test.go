package spool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// startOver appends a dead letter in the background.
func (b *background) startOver(ctx context.Context, name string, s Set, records int) {
	b.t.Helper()
	b.run(name, func() error {
		_, err := b.m.AppendOver(ctx, testGroup("dead", records, 200), s)
		return err
	})
}

func TestDeadLettersWaitForTheBacklogOfADestinationThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := testMemory(1<<20, 1<<16)
		a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 4000})
		s := setOf(t, m, "a")
		bg := inBackground(t, m)
		bg.startOver(t.Context(), "first", s, 20)
		bg.want("there is room", "first")
		bg.startOver(t.Context(), "second", s, 10)
		bg.start(t.Context(), "source", testGroup("g", 10, 200), s)
		bg.want("the backlog is full", "first")
		m.CloseAppend()
		bg.wantError("source", ErrClosed)
		bg.want("a closed spool takes dead letters, once there is room", "first")
		runs := takeAll(a)
		bg.want("taken is not settled", "first")
		settle(a, runs...)
		bg.want("settled", "first", "second")
		ctx, cancel := context.WithCancel(t.Context())
		bg.startOver(ctx, "third", s, 20)
		bg.want("full again", "first", "second")
		cancel()
		bg.wantError("third", context.Canceled)
		settle(a, takeAll(a)...)
		if got := a.Backlog(); got.Records != 0 || m.Stats().Next != 31 {
			t.Errorf("backlog %+v, next position %d, want 31: of what was given up nothing was appended", got, m.Stats().Next)
		}
	})
}

func TestDeadLettersOfADeadDestinationAreBounded(t *testing.T) {
	for name, policy := range map[string]Policy{"block": Block, "drop oldest": DropOldest} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := testMemory(1<<20, 1<<16)
				a := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30})
				dead := cursorOf(t, m, "dead", BacklogOptions{MaxBytes: 1 << 30, WhenFull: policy})
				onlyA, s := setOf(t, m, "a"), setOf(t, m, "dead")
				fillTo(t, m, onlyA)
				appended := 0
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() {
					for {
						if _, err := m.AppendOver(ctx, testGroup("dead", 10, 200), s); err != nil {
							done <- err
							return
						}
						if appended += 10; appended == 20_000 {
							done <- nil
							return
						}
					}
				}()
				synctest.Wait()
				if got, most := m.Stats().Bytes, int64(1<<20+3<<16); got > most {
					t.Errorf("the spool has %d bytes, want at most %d", got, most)
				}
				if appended < 100 {
					t.Errorf("%d dead letters went into a full spool: the lane that drains it could not go on", appended)
				}
				if policy == DropOldest {
					if err := <-done; err != nil {
						t.Error(err)
					}
					cancel()
					return
				}
				before := appended
				settle(dead, takeAll(dead)...)
				synctest.Wait()
				if appended == before {
					t.Error("dead letters wait although their destination has nothing any more")
				}
				before = appended
				settle(a, takeAll(a)...)
				synctest.Wait()
				if appended == before {
					t.Error("dead letters wait although the spool has room")
				}
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("AppendOver = %v", err)
				}
			})
		})
	}
}
