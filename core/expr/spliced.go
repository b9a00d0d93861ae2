package expr

import "github.com/skidway/skidway/core/expr/jsonscan"

// Spliced is Replace for bytes that s made of the current ones, valid JSON values into a JSON object, in its last Append
// to an empty slice. Where the fields lie is then computed from where they lay, which saves a scan when that is possible.
func (r *Record) Spliced(data []byte, s *jsonscan.Splicer) {
	wasObject := r.state == isObject
	r.Replace(data)
	if wasObject && s.Follow(r.unit.plan, r.found, data) {
		r.state = isObject
	}
}
