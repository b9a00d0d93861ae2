package wire

// Strings interns the short strings that come with every batch, so that they are allocated once. It is not safe for
// concurrent use. The zero value is ready; a nil one interns nothing.
type Strings struct{ known map[string]string }

const (
	maxInterned     = 1024 // strings; beyond it the table starts anew
	maxInternedSize = 256  // bytes of one string
)

// get returns b as a string that doesn't alias it.
func (s *Strings) get(b []byte) string {
	if s == nil || len(b) > maxInternedSize {
		return string(b)
	}
	if known, ok := s.known[string(b)]; ok {
		return known
	}
	if s.known == nil {
		s.known = make(map[string]string)
	} else if len(s.known) >= maxInterned {
		clear(s.known)
	}
	made := string(b)
	s.known[made] = made
	return made
}
