package sdk

import "sync"

// halt ends something once, for the first reason given. Make one with newHalt.
type halt struct {
	once sync.Once
	done chan struct{}
	why  error // set before done is closed
}

func newHalt() *halt { return &halt{done: make(chan struct{})} }

// end gives the reason, which is not nil; later ones are ignored.
func (h *halt) end(why error) {
	h.once.Do(func() {
		h.why = why
		close(h.done)
	})
}

// err returns the reason, or nil while there is none.
func (h *halt) err() error {
	select {
	case <-h.done:
		return h.why
	default:
		return nil
	}
}

// watch calls f with the reason when h ends, unless release was called before. release returns when f does not run
// any more.
func (h *halt) watch(f func(why error)) (release func()) {
	released, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-h.done:
			f(h.why)
		case <-released:
		}
	}()
	return sync.OnceFunc(func() {
		close(released)
		<-ended
	})
}
