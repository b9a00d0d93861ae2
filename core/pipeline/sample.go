package pipeline

import (
	"fmt"

	"github.com/skidway/skidway/core/expr"
)

// sampler is Sample, prepared.
type sampler struct {
	ratio float64
	key   *expr.Value
}

func newSampler(o *Sample) (*sampler, error) {
	if !(o.Ratio >= 0 && o.Ratio <= 1) {
		return nil, fmt.Errorf("ratio is %v; it must be between 0 and 1", o.Ratio)
	}
	return &sampler{ratio: o.Ratio, key: o.Key}, nil
}

// keeps decides by the key's hash, or by the record's id.
func (s *sampler) keeps(r *Runner) (bool, error) {
	if s.key == nil {
		return share(mix(r.meta.ID)) < s.ratio, nil
	}
	text, null, err := s.key.AppendText(r.work.text[:0], r.rec)
	if err != nil {
		return false, fmt.Errorf("compute key: %w", r.words(s.key))
	}
	r.work.text = text
	if null {
		return share(mix(r.meta.ID)) < s.ratio, nil
	}
	return share(hashOf(text)) < s.ratio, nil
}

// hashOf is FNV-1a of 64 bits, mixed, so that all routers and restarts decide alike about one key.
func hashOf(text []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix spreads neighbouring numbers over all bits (the finalizer of SplitMix64).
func mix(h uint64) uint64 {
	h += 0x9E3779B97F4A7C15
	h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
	h = (h ^ h>>27) * 0x94D049BB133111EB
	return h ^ h>>31
}

// share maps a hash to [0, 1).
func share(h uint64) float64 { return float64(h>>11) / (1 << 53) }
