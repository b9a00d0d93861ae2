package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLeases does at random what connections do, and checks that every byte is accounted for, that the halves are kept
// to, and that unfinished records stay as they are.
func TestLeases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const largest = 200 << 10
		b := NewBudget(rapid.Int64Range(64<<10, 4<<20).Draw(t, "budget"))
		s := b.join()
		type connection struct {
			*lease
			want   []byte
			closed bool
		}
		connect := func() *connection {
			c := &connection{}
			c.lease = newLease(s, largest, func() { c.closed = true })
			return c
		}
		conns := make([]*connection, rapid.IntRange(1, 12).Draw(t, "connections"))
		for i := range conns {
			conns[i] = connect()
		}
		full, cancel := context.WithCancel(context.Background())
		cancel() // who would have to wait gives up at once
		next := byte(0)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			i := rapid.IntRange(0, len(conns)-1).Draw(t, "connection")
			c := conns[i]
			switch rapid.SampledFrom([]string{"read", "read", "consume", "park", "close"}).Draw(t, "step") {
			case "read":
				room, err := c.room(full)
				if errors.Is(err, errEvicted) != c.closed {
					t.Fatalf("room = %v, closed %v", err, c.closed)
				}
				if err != nil {
					break
				}
				if len(room) == 0 {
					t.Fatal("no room to read to")
				}
				n := min(rapid.IntRange(1, 100<<10).Draw(t, "bytes"), len(room), largest-c.n)
				for k := range n {
					next++
					room[k] = next
				}
				c.want = append(c.want, room[:n]...)
				c.filled(n)
			case "consume":
				if n := rapid.IntRange(0, len(c.want)).Draw(t, "bytes"); c.sizes != nil {
					c.consume(n)
					c.want = c.want[n:]
				}
			case "park":
				c.park()
			case "close":
				c.close()
				c = connect()
				conns[i] = c
			}
			if string(c.bytes()) != string(c.want) {
				t.Fatal("bytes are not those that were read")
			}
			var used int64
			for _, c := range conns {
				if c.block != nil {
					used += int64(len(c.block.data))
				}
				if c.sizes != nil {
					used += sizesBytes
				}
			}
			if got := b.Used(); got != used {
				t.Fatalf("Used = %d, want %d", got, used)
			}
			checkShare(t, s, largest)
		}
		for _, c := range conns {
			c.close()
		}
		if got := b.Used(); got != 0 {
			t.Fatalf("Used = %d after the end, want 0", got)
		}
	})
}

// checkShare checks that the halves are kept to, but for one of each that a source may always have.
func checkShare(t *rapid.T, s *share, largest int) {
	half, one := s.halfLocked(), int64(2*blockBytes(largest+16))
	if s.reading > max(half, one+sizesBytes) {
		t.Fatalf("read buffers have %d bytes, more than half of the share, %d", s.reading, half)
	}
	if s.parked > half+one {
		t.Fatalf("unfinished records have %d bytes, more than half of the share, %d", s.parked, half)
	}
}

func TestWaitersGetBuffersInOrder(t *testing.T) {
	b := NewBudget(2 * (minReadBytes + sizesBytes)) // one read buffer
	s := b.join()
	first := newLease(s, 1024, nil)
	if _, err := first.room(t.Context()); err != nil {
		t.Fatal(err)
	}
	queued := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(s.waiting)
	}
	order := make(chan int)
	for i := range 5 {
		go func() {
			l := newLease(s, 1024, nil)
			_, err := l.room(t.Context())
			if err != nil {
				i = -1
			}
			order <- i
			l.close()
		}()
		eventually(t, "a waiter", func() bool { return queued() == i+1 })
	}
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := newLease(s, 1024, nil).room(ctx)
		gaveUp <- err
	}()
	eventually(t, "a waiter", func() bool { return queued() == 6 })
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("room = %v, want context.Canceled", err)
	}
	first.close()
	for want := range 5 {
		if got := <-order; got != want {
			t.Errorf("waiter %d got its buffer, want %d", got, want)
		}
	}
	eventually(t, "all buffers back", func() bool { return b.Used() == 0 })
}

// TestWaiterThatGivesUpLeavesNothing grants memory to one who has given up waiting for it and has not said so yet.
func TestWaiterThatGivesUpLeavesNothing(t *testing.T) {
	const n = minReadBytes
	b := NewBudget(2 * n) // one read buffer
	s := b.join()
	gaveUp := 0
	for range 200 {
		if !s.try(n) {
			t.Fatal("the only read buffer is not free")
		}
		ctx, cancel := context.WithCancel(t.Context())
		taken := make(chan error)
		go func() { taken <- s.take(ctx, newLease(s, 1024, nil), n) }()
		eventually(t, "a waiter", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(s.waiting) == 1 })
		b.mu.Lock()
		cancel()
		for range 100 {
			runtime.Gosched() // the waiter wakes, and wants the lock to leave the queue
		}
		s.giveLocked(n)
		b.mu.Unlock()
		if err := <-taken; err == nil {
			b.mu.Lock()
			s.giveLocked(n)
			b.mu.Unlock()
		} else {
			gaveUp++
		}
		if used := b.Used(); used != 0 {
			t.Fatalf("budget has %d bytes in use, want 0", used)
		}
	}
	if gaveUp == 0 {
		t.Error("no waiter gave up, so nothing was tested")
	}
}

// TestBlockedSourceDoesNotStarveOthers fills one source's share with connections whose appends wait.
func TestBlockedSourceDoesNotStarveOthers(t *testing.T) {
	budget := testBudget(t, 2<<20)
	a, b := startWith(t, Options{}, budget), startWith(t, Options{}, budget)
	release := a.appender.block()
	const connections = 30 // each wants 80 KiB, of 512 KiB
	for range connections {
		a.send(a.dial(), "a\n")
	}
	queued := func() bool {
		budget.mu.Lock()
		defer budget.mu.Unlock()
		for s := range budget.shares {
			if len(s.waiting) > 0 {
				return true
			}
		}
		return false
	}
	eventually(t, "connections that wait for memory", queued)
	if used, half := budget.Used(), budget.MaxBytes()/4; used > half {
		t.Errorf("the blocked source has %d bytes of read buffers, more than half of its share, %d", used, half)
	}
	for range 10 {
		b.send(b.dial(), "b\n")
	}
	b.appender.wait(t, 10)
	release()
	a.appender.wait(t, connections)
}

// TestUnfinishedRecordsCannotHoldTheMemory has many senders that never end a record, and an honest one.
func TestUnfinishedRecordsCannotHoldTheMemory(t *testing.T) {
	budget := testBudget(t, 4<<20)
	r := startWith(t, Options{}, budget)
	honest := r.dial()
	endless := strings.Repeat("x", 100<<10)
	const attackers = 60 // 128 KiB each, of 2 MiB
	for i := range attackers {
		r.send(r.dial(), endless)
		r.send(honest, fmt.Sprintln("record", i))
		r.appender.wait(t, i+1)
		if used := budget.Used(); used > budget.MaxBytes() {
			t.Fatalf("budget has %d bytes in use, more than its %d", used, budget.MaxBytes())
		}
	}
	eventually(t, "evictions", func() bool { return r.m.Evicted.Load() >= attackers-16-1 })
	r.reach("unaccepted records", &r.m.Unaccepted, r.m.Evicted.Load())
	r.send(honest, "last\n")
	r.appender.wait(t, attackers+1)
}

// TestIdleConnectionsHoldNoBuffer opens 1000 connections that have sent a record, and more that have not.
func TestIdleConnectionsHoldNoBuffer(t *testing.T) {
	r := start(t, Options{})
	for range 100 {
		r.dial()
	}
	for i := range 1000 {
		r.send(r.dial(), "a\n")
		if i%50 == 49 {
			r.appender.wait(t, i+1)
		}
	}
	r.reach("connections", &r.m.Connections, 1100)
	eventually(t, "all buffers back", func() bool { return r.budget.Used() == 0 })
	// Half a record is kept, and nothing else.
	r.send(r.dial(), "half")
	eventually(t, "a small block", func() bool { return r.budget.Used() == minBlockBytes })
}

// TestFlood opens far more connections than allowed, all of which send.
func TestFlood(t *testing.T) {
	r := start(t, Options{MaxConnections: 10})
	honest := r.dial()
	r.send(honest, "first\n")
	r.appender.wait(t, 1)
	for range 300 {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_, _ = io.WriteString(c, "flood\n")
	}
	r.reach("refused connections", &r.m.RefusedLimit, 300-9)
	r.send(honest, "last\n")
	r.appender.wait(t, 2+9)
	if got := r.m.Connections.Load(); got != 10 {
		t.Errorf("connections = %d, want 10", got)
	}
}
